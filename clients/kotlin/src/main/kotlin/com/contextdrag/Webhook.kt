// Verifies webhook messages (Standard Webhooks 1.0.0).
@file:JvmName("Webhooks")

package com.contextdrag

import java.security.MessageDigest
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/** Messages that are older or newer than this are rejected, against replays. */
private const val TOLERANCE_SECONDS = 300

/**
 * Verifies and parses a message.
 *
 * @param secrets the webhook's secret, or several during a rotation
 * @param headers of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`, in any case
 * @param body the raw body of the request, not parsed and serialized again
 * @throws InvalidWebhookException if no secret matches the signature, or the timestamp is missing or
 * too far off
 */
public fun verifyWebhook(
    secrets: List<String>,
    headers: Map<String, String>,
    body: ByteArray,
): WebhookMessage {
    fun header(name: String) =
        headers.entries.firstOrNull { it.key.equals(name, ignoreCase = true) }?.value ?: ""
    val id = header("webhook-id")
    val timestamp = header("webhook-timestamp")
    val sent = timestamp.takeIf { it.matches(Regex("[0-9]{1,15}")) }?.toLong()
    if (id == "" || sent == null || Math.abs(System.currentTimeMillis() / 1000 - sent) > TOLERANCE_SECONDS)
        throw InvalidWebhookException(
            "the webhook message has no id, or its timestamp is more than $TOLERANCE_SECONDS s off",
        )
    val text = "$id.$timestamp.".toByteArray() + body
    val given = header("webhook-signature").split(" ")
        .filter { it.startsWith("v1,") }
        .mapNotNull { fromBase64(it.drop(3)) }
    for (secret in secrets) {
        val key = requireNotNull(fromBase64(secret.removePrefix("whsec_"))?.takeIf { it.isNotEmpty() }) {
            "the webhook secret is not base64"
        }
        val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(key, "HmacSHA256")) }
        val expected = mac.doFinal(text)
        // Takes the same time wherever they differ.
        if (given.any { MessageDigest.isEqual(expected, it) })
            return json.decodeFromString(body.decodeToString())
    }
    throw InvalidWebhookException("the webhook message is not signed with any of the secrets")
}

private fun fromBase64(text: String): ByteArray? = try {
    Base64.getDecoder().decode(text)
} catch (_: IllegalArgumentException) {
    null
}
