package com.contextdrag

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.decodeFromJsonElement
import okio.BufferedSource

/** One event of an edit: a new [status] ([type] `status`), or a [step] of [steps] (`progress`). */
@Serializable
public data class EditEvent(
    public val id: Long,
    public val type: String,
    /** One of [EditStatus]. */
    public val status: String? = null,
    public val step: Long? = null,
    public val steps: Long? = null,
    /** Thumbnail of the picture so far, as a data URL. */
    public val preview: String? = null,
)

/** Hears the events of an edit. */
public fun interface EventListener {
    public fun onEvent(event: EditEvent)
}

/** The events in a stream, without comments and heartbeats. */
internal fun readEvents(source: BufferedSource): Sequence<EditEvent> = sequence {
    val fields = mutableMapOf<String, String>()
    while (true) {
        val line = source.readUtf8Line() ?: break
        if (line != "") {
            val name = line.substringBefore(':')
            val value = line.substringAfter(':', "").removePrefix(" ")
            fields[name] = if (name == "data" && name in fields) "${fields[name]}\n$value" else value
            continue
        }
        val data = fields["data"]
        if (data != null) {
            val own = mapOf(
                "id" to JsonPrimitive(fields.getValue("id").toLong()),
                "type" to JsonPrimitive(fields.getValue("event")),
            )
            val content = json.decodeFromString<JsonObject>(data)
            yield(json.decodeFromJsonElement<EditEvent>(JsonObject(content + own)))
        }
        fields.clear()
    }
}
