// What can go wrong, besides the network: that is an IOException.
package com.contextdrag

import java.text.ParseException
import java.text.SimpleDateFormat
import java.util.Locale
import java.util.TimeZone
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import okhttp3.Response

/** How the API's JSON is read and written: what is not given is not sent, what is new is ignored. */
internal val json = Json {
    ignoreUnknownKeys = true
    explicitNulls = false
}

/** An error response. Its [code] is one of [ErrorCode], or a newer one; [status] is the HTTP status. */
public class ContextDragException(
    public val problem: Problem,
    /** Seconds to wait before the same request can succeed, if the API says so. */
    public val retryAfter: Double?,
) : RuntimeException("${problem.code}: ${problem.detail}") {
    public val code: String get() = problem.code
    public val status: Int get() = problem.status.toInt()
}

/** A saved edit must not be sent again, because that might pay for it twice. */
public class SavedEditException(message: String) : RuntimeException(message)

/** A message is not from the API, or is too old. */
public class InvalidWebhookException(message: String) : RuntimeException(message)

/** The error in a response. A response without a problem object gets the code `internal`. */
internal fun errorOf(response: Response): ContextDragException {
    val problem = try {
        json.decodeFromString<Problem>(response.body?.string() ?: "")
    } catch (_: SerializationException) {
        Problem(
            type = "about:blank",
            title = "The response is not from the API",
            status = response.code.toLong(),
            code = ErrorCode.INTERNAL,
            detail = "status ${response.code} without a problem object",
        )
    }
    return ContextDragException(problem, response.header("retry-after")?.let(::secondsOf))
}

/** Retry-After as seconds or, from a proxy, as a date. */
private fun secondsOf(header: String): Double? {
    header.toDoubleOrNull()?.let { return if (it.isFinite()) maxOf(0.0, it) else null }
    val format = SimpleDateFormat("EEE, dd MMM yyyy HH:mm:ss zzz", Locale.US)
    format.timeZone = TimeZone.getTimeZone("GMT")
    val date = try {
        format.parse(header)
    } catch (_: ParseException) {
        null
    }
    return date?.let { maxOf(0.0, (it.time - System.currentTimeMillis()) / 1000.0) }
}
