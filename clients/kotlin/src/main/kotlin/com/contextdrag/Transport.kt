package com.contextdrag

import java.io.IOException
import java.io.InterruptedIOException
import kotlin.random.Random
import okhttp3.Headers
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response

/** Statuses after which a request may be retried. */
private val RETRIED = setOf(429, 502, 503, 504)
private const val MAX_WAIT_SECONDS = 20.0

/** Sends requests, and retries them where that is safe. */
internal class Transport(
    val origin: String,
    private val key: String,
    http: OkHttpClient,
    private val attempts: Int,
) {
    // The API never redirects.
    private val http = http.newBuilder().followRedirects(false).build()

    /**
     * What [read] makes of a 2xx response. A body that breaks off counts as no response.
     *
     * @param repeatable whether sending it twice is safe
     * @throws ContextDragException for an error response
     * @throws IOException without one
     */
    fun <T> send(request: Request, repeatable: Boolean, read: (Response) -> T): T =
        retried(repeatable) { execute(request).use(read) }

    /** A 2xx response, still to be read and closed. */
    fun open(request: Request): Response = retried(true) { execute(request) }

    private fun execute(request: Request): Response {
        val response = http.newCall(request).execute()
        if (!response.isSuccessful) response.use { throw errorOf(it) }
        return response
    }

    private fun <T> retried(repeatable: Boolean, once: () -> T): T {
        var attempt = 1
        while (true) {
            val last = attempt >= if (repeatable) attempts else 1
            val wait = try {
                return once()
            } catch (error: ContextDragException) {
                val again = error.status in RETRIED || error.code == ErrorCode.IDEMPOTENCY_IN_FLIGHT
                if (last || !again) throw error
                error.retryAfter ?: backoff(attempt)
            } catch (error: IOException) {
                if (last) throw error
                backoff(attempt)
            }
            pause(minOf(MAX_WAIT_SECONDS, wait))
            attempt++
        }
    }

    /** The JSON of a 2xx response. */
    inline fun <reified T> call(
        method: String,
        path: String,
        body: RequestBody? = null,
        repeatable: Boolean = method == "GET",
        headers: Map<String, String> = emptyMap(),
    ): T = send(request(method, path, body, headers), repeatable) { decode<T>(it) }

    /** A request with the key. */
    fun request(
        method: String,
        path: String,
        body: RequestBody? = null,
        headers: Map<String, String> = emptyMap(),
    ): Request {
        val own = Headers.Builder().add("authorization", "Bearer $key")
        headers.forEach { (name, value) -> own.add(name, value) }
        return Request.Builder().url(origin + path).headers(own.build()).method(method, body).build()
    }
}

/** A body of JSON. */
internal inline fun <reified T> bodyOf(value: T): RequestBody =
    json.encodeToString(value).toRequestBody("application/json".toMediaType())

internal inline fun <reified T> decode(response: Response): T =
    json.decodeFromString(response.body!!.string())

/** @throws InterruptedIOException if the thread is interrupted, as OkHttp does */
internal fun pause(seconds: Double) {
    try {
        Thread.sleep((1000 * seconds).toLong())
    } catch (_: InterruptedException) {
        Thread.currentThread().interrupt()
        throw InterruptedIOException("interrupted")
    }
}

private fun backoff(attempt: Int): Double = 0.25 * (1 shl attempt) * Random.nextDouble(0.5, 1.0)
