package com.contextdrag

import java.io.IOException
import java.util.UUID
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.encodeToJsonElement
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.MultipartBody
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody

/** Larger photos are uploaded first. */
private const val MAX_FORM_BYTES = 9_000_000L
private val OPEN =
    setOf(EditStatus.QUEUED, EditStatus.DISPATCHING, EditStatus.RUNNING, EditStatus.STORING)

/** Statuses of requests that would be rejected again. */
private val WRONG = setOf(400, 404, 410, 413, 415, 422)

/**
 * A client of the API. In an app, [key] is a client token, never an account key. Its calls block: in
 * Kotlin, run them on `Dispatchers.IO`. They throw [ContextDragException] for an error response and
 * [IOException] without one.
 *
 * @param baseUrl origin of the API, for example `https://api.example`
 * @param store where edits are saved before they are sent
 * @param http takes part in the app's pools; its timeouts count, and the one for reading must be
 * above 30 seconds, for [wait]
 * @param attempts for a request that may be repeated
 */
public class ContextDrag @JvmOverloads constructor(
    baseUrl: String,
    key: String,
    store: Store,
    http: OkHttpClient = OkHttpClient.Builder().readTimeout(90, TimeUnit.SECONDS).build(),
    attempts: Int = 5,
) {
    private val transport = Transport(baseUrl.trimEnd('/'), key, http, attempts)
    private val holder = holderOf(key)
    private val saves = SavedEdits(store)

    /**
     * Creates an edit and returns at once: [wait] for it, or follow its [events]. Everything is saved
     * before the first byte is sent. After a crash, the same call with the same key, or [resume],
     * returns the same edit. [forget] it when its result is safe.
     *
     * @param key the Idempotency-Key: what stands for this edit in your app, such as the number of an
     * order. Default: random
     * @param mask PNG, white on what moves (or as `maskKind` says)
     * @param affects PNG, white on what changes with the thing: its shadow, its reflection
     * @param cancelAfter for example `90s`: the edit is cancelled if it is not done by then
     * @throws SavedEditException if the key is saved with another edit, or cannot be sent any more
     */
    @JvmOverloads
    @Throws(IOException::class)
    public fun edit(
        image: Image,
        input: EditInput,
        key: String = UUID.randomUUID().toString(),
        mask: ByteArray? = null,
        affects: ByteArray? = null,
        cancelAfter: String? = null,
    ): Edit {
        val fields = json.encodeToJsonElement(input).let { it as JsonObject }
            .mapValues { (_, value) -> if (value is JsonPrimitive) value.content else value.toString() } +
            listOfNotNull(image.field?.let { "image" to it })
        val files = listOfNotNull(
            image.bytes?.let { "image" to it },
            mask?.let { "mask" to it },
            affects?.let { "affects" to it },
        ).toMap()
        val digest = digestOf(fields, files, cancelAfter)
        val before = saves.load(key)
        if (before != null) {
            if (before.digest != digest) throw SavedEditException("the key $key is saved with another edit")
            return send(before)
        }
        val edit = SavedEdit(
            key = key,
            origin = transport.origin,
            holder = holder,
            digest = digest,
            createdAt = System.currentTimeMillis(),
            fields = fields,
            files = files.keys.toList(),
            large = "image" in files && files.values.sumOf { it.size.toLong() } > MAX_FORM_BYTES,
            cancelAfter = cancelAfter,
        )
        saves.save(edit, files)
        try {
            return create(edit, files)
        } catch (error: ContextDragException) {
            // Nothing was made. After a crash that is less sure: then it is the caller's to forget.
            if (error.status in WRONG && error.code != ErrorCode.IDEMPOTENCY_KEY_REUSED) forget(key)
            throw error
        }
    }

    /**
     * The edit of a key, after a crash: sent again if no response was saved, else read.
     *
     * @throws SavedEditException if nothing is saved for the key, or it cannot be sent any more
     */
    @Throws(IOException::class)
    public fun resume(key: String): Edit =
        send(saves.load(key) ?: throw SavedEditException("no edit is saved for the key $key"))

    /** All edits that were not forgotten, oldest first. */
    public fun saved(): List<SavedEdit> =
        saves.store.keys().mapNotNull(saves::load).sortedBy { it.createdAt }

    /** Deletes what is saved for a key, not the edit itself. */
    public fun forget(key: String): Unit = saves.store.forget(key)

    /** The current state of an edit. */
    @Throws(IOException::class)
    public fun get(id: String): Edit = transport.call("GET", "/v1/edits/$id")

    /** Waits for the final state of an edit, whether it succeeded or not. */
    @Throws(IOException::class)
    public fun wait(id: String): Edit {
        while (true) {
            val headers = mapOf("prefer" to "wait=30")
            val edit: Edit = transport.call("GET", "/v1/edits/$id", headers = headers)
            if (edit.status !in OPEN) return edit
        }
    }

    /**
     * Tells [listener] the events of an edit, live, until its final state. Reconnects if the connection
     * is lost. What the listener throws ends it.
     */
    @Throws(IOException::class)
    public fun events(id: String, listener: EventListener) {
        var last = 0L
        while (true) {
            val headers = mapOf("last-event-id" to last.toString())
            val request = transport.request("GET", "/v1/edits/$id/events", headers = headers)
            transport.open(request).use { response ->
                // 204: nothing comes after the last one.
                if (response.code == 204) return
                val events = readEvents(response.body!!.source()).iterator()
                while (hasMore(events)) {
                    val event = events.next()
                    last = event.id
                    listener.onEvent(event)
                    if (event.type == "status" && event.status !in OPEN) return
                }
            }
            pause(0.5)
        }
    }

    /** Not where the stream broke off: the next request asks for what comes after the last event. */
    private fun hasMore(events: Iterator<EditEvent>): Boolean = try {
        events.hasNext()
    } catch (_: IOException) {
        false
    }

    /** The edited photo. */
    @Throws(IOException::class)
    public fun result(id: String): ByteArray =
        transport.send(transport.request("GET", "/v1/edits/$id/result"), true) { it.body!!.bytes() }

    /** Cancels an edit. It is charged if a worker has started it; see `chargedOnCancel`. */
    @Throws(IOException::class)
    public fun cancel(id: String): CanceledEdit =
        transport.call("POST", "/v1/edits/$id/cancel", ByteArray(0).toRequestBody())

    /** Deletes an edit with its photo and its result. */
    @Throws(IOException::class)
    public fun delete(id: String): Unit =
        transport.send(transport.request("DELETE", "/v1/edits/$id"), false) { }

    /** A page of edits, newest first; the next one by [EditList.next]. */
    @JvmOverloads
    @Throws(IOException::class)
    public fun list(metadata: Map<String, String> = emptyMap(), cursor: String? = null): EditList {
        val query = metadata.mapKeys { "metadata.${it.key}" } + ("limit" to "100")
        return transport.call("GET", path("/v1/edits", query + listOfNotNull(cursor?.let { "cursor" to it })))
    }

    /** The models that this key or client token may use. */
    @Throws(IOException::class)
    public fun models(): List<Model> = transport.call<Models>("GET", "/v1/models").models

    /** Which tokens an edit would move, and its price. */
    @Throws(IOException::class)
    public fun plan(plan: PlanInput): Plan =
        transport.call("POST", "/v1/plan", bodyOf(plan), repeatable = true)

    /** The mask of a thing in an uploaded photo. Needs a worker that finds masks. */
    @Throws(IOException::class)
    public fun mask(mask: MaskInput): Mask =
        transport.call("POST", "/v1/masks", bodyOf(mask), repeatable = true)

    /** Uploads a photo of up to 20 MB. Returns the upload's id, for [Image.ofUpload]. */
    @Throws(IOException::class)
    public fun upload(photo: ByteArray): String {
        val body = bodyOf(UploadInput(photoType(photo), photo.size.toLong()))
        val headers = mapOf("idempotency-key" to UUID.randomUUID().toString())
        val upload: Upload = transport.call("POST", "/v1/uploads", body, true, headers)
        // Without the key: the URL is signed.
        val request = Request.Builder().url(upload.url).method(upload.method, photo.toRequestBody())
        upload.headers.forEach { (name, value) -> request.header(name, value) }
        transport.send(request.build(), repeatable = true) { }
        return upload.id
    }

    /** The account's usage: `by` day, key or client; `from` and `to` are dates, YYYY-MM-DD. */
    @JvmOverloads
    @Throws(IOException::class)
    public fun usage(query: Map<String, String> = emptyMap()): Usage =
        transport.call("GET", path("/v1/usage", query))

    private fun send(edit: SavedEdit): Edit {
        edit.check(transport.origin, holder)
        return if (edit.id != null) get(edit.id) else create(edit, saves.files(edit))
    }

    private fun create(edit: SavedEdit, files: Map<String, ByteArray>): Edit {
        val form = MultipartBody.Builder().setType(MultipartBody.FORM)
        edit.fields.forEach { (name, value) -> form.addFormDataPart(name, value) }
        for ((name, content) in files) {
            if (name == "image" && edit.large) {
                val upload = ImageReference().apply {
                    upload = saves.uploadOnce(edit.key) { upload(content) }
                }
                form.addFormDataPart(name, json.encodeToString(upload))
            } else form.addFormDataPart(name, name, content.toRequestBody(photoType(content).toMediaType()))
        }
        val headers = mapOf("idempotency-key" to edit.key) +
            listOfNotNull(edit.cancelAfter?.let { "cancel-after" to it })
        val accepted: Edit = transport.call("POST", "/v1/edits", form.build(), true, headers)
        saves.accepted(edit, accepted.id)
        return accepted
    }

    private fun path(path: String, query: Map<String, String>): String {
        val url = "http://localhost$path".toHttpUrl().newBuilder()
        query.forEach { (name, value) -> url.addQueryParameter(name, value) }
        return url.build().let { "${it.encodedPath}?${it.encodedQuery ?: ""}" }
    }
}
