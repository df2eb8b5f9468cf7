package com.contextdrag

import kotlinx.serialization.Serializable

/** The API keeps the response of a key for a day: later, the same request would be another edit. */
private const val RESPONSES_MILLISECONDS = 23 * 3_600_000L

/** An edit as it is saved before it is sent, so that it can be sent again after a crash. */
@ConsistentCopyVisibility
@Serializable
public data class SavedEdit internal constructor(
    /** The Idempotency-Key. */
    public val key: String,
    internal val origin: String,
    /** Digest of whose key it is, without the secret. */
    internal val holder: String,
    /** Of fields and files: a key stands for one edit. */
    internal val digest: String,
    /** Milliseconds since 1970. */
    public val createdAt: Long,
    /** Of the form, `image` among them where it is not a file. */
    internal val fields: Map<String, String>,
    internal val files: List<String>,
    /** Whether the photo goes to an upload first. */
    internal val large: Boolean,
    internal val cancelAfter: String?,
    /** The edit's id, as soon as the API has accepted it. */
    public val id: String? = null,
) {
    /** @throws SavedEditException if the API cannot know that it has had this request before */
    internal fun check(at: String, by: String) {
        if (origin != at) throw SavedEditException("the edit $key was made at $origin, not at $at")
        if (holder != by) throw SavedEditException(
            "the edit $key was made with another account's key or another client token, " +
                "and only that one knows it",
        )
        val age = System.currentTimeMillis() - createdAt
        if (id == null && age > RESPONSES_MILLISECONDS) throw SavedEditException(
            "the edit $key was saved more than 23 hours ago, and whether the API accepted it is " +
                "not known: look for it in the account's list of edits, and forget this one",
        )
    }
}

/** The id of an edit or of an upload, in a file of its own. */
@Serializable
internal class Id(val id: String)

/** The edits in a store. */
internal class SavedEdits(val store: Store) {
    /** Files first: where `edit.json` is, everything is. */
    fun save(edit: SavedEdit, files: Map<String, ByteArray>) {
        files.forEach { (name, content) -> store.write(edit.key, name, content) }
        store.write(edit.key, "edit.json", json.encodeToString(edit).toByteArray())
    }

    fun load(key: String): SavedEdit? {
        val text = store.read(key, "edit.json")?.decodeToString() ?: return null
        return json.decodeFromString<SavedEdit>(text).copy(id = idIn(key, ACCEPTED))
    }

    /** The saved files of an edit. @throws SavedEditException if one is lost */
    fun files(edit: SavedEdit): Map<String, ByteArray> = edit.files.associateWith {
        store.read(edit.key, it)
            ?: throw SavedEditException("the store has lost $it of the edit ${edit.key}")
    }

    /** From now on the id is all that is needed. */
    fun accepted(edit: SavedEdit, id: String) {
        store.write(edit.key, ACCEPTED, json.encodeToString(Id(id)).toByteArray())
        (edit.files + UPLOAD).forEach { store.delete(edit.key, it) }
    }

    /** The same upload whenever the edit is sent: another one would make another request. */
    fun uploadOnce(key: String, upload: () -> String): String = idIn(key, UPLOAD)
        ?: upload().also { store.write(key, UPLOAD, json.encodeToString(Id(it)).toByteArray()) }

    private fun idIn(key: String, name: String): String? =
        store.read(key, name)?.let { json.decodeFromString<Id>(it.decodeToString()).id }
}

private const val ACCEPTED = "accepted.json"
private const val UPLOAD = "upload.json"

/** Equal keys of the API are known to an account and a mode, or to one client token. */
internal fun holderOf(key: String): String {
    val parts = key.split("_")
    val known = when (parts[0]) {
        "cd" -> 4
        "cdc" -> 5
        else -> parts.size
    }
    return sha256(parts.take(known).joinToString("_").toByteArray())
}

internal fun digestOf(
    fields: Map<String, String>,
    files: Map<String, ByteArray>,
    cancelAfter: String?,
): String {
    val digests = files.mapValues { sha256(it.value) }.toSortedMap()
    val text = json.encodeToString(listOf<Map<String, String>>(fields.toSortedMap(), digests)) + (cancelAfter ?: "")
    return sha256(text.toByteArray())
}
