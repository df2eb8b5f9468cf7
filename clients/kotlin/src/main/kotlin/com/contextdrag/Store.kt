package com.contextdrag

import java.io.File
import java.io.FileOutputStream
import java.nio.file.Files
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.security.MessageDigest

/**
 * Where edits are kept from before they are sent until they are forgotten: small files by the key of
 * their edit. What [write] has returned from survives the process.
 */
public interface Store {
    public fun read(key: String, name: String): ByteArray?

    /** Replaces the file as a whole: a reader gets the old content or the new one. */
    public fun write(key: String, name: String, content: ByteArray)

    public fun delete(key: String, name: String)

    public fun keys(): List<String>

    /** Deletes all files of an edit. */
    public fun forget(key: String)
}

/**
 * A folder with one folder for each edit, named by the SHA-256 of its key. On Android, one in
 * `context.filesDir`: the cache may be emptied at any time.
 */
public class FileStore(private val folder: File) : Store {
    override fun read(key: String, name: String): ByteArray? =
        File(of(key), name).takeIf { it.exists() }?.readBytes()

    override fun write(key: String, name: String, content: ByteArray) {
        val own = of(key).toPath()
        Files.createDirectories(own)
        if (name != KEY && !File(of(key), KEY).exists()) write(key, KEY, key.toByteArray())
        val temporary = Files.createTempFile(own, ".$name-", "")
        try {
            FileOutputStream(temporary.toFile()).use {
                it.write(content)
                it.fd.sync()
            }
            Files.move(temporary, own.resolve(name), ATOMIC_MOVE, REPLACE_EXISTING)
        } finally {
            Files.deleteIfExists(temporary)
        }
    }

    override fun delete(key: String, name: String) {
        Files.deleteIfExists(of(key).toPath().resolve(name))
    }

    override fun keys(): List<String> =
        folder.listFiles().orEmpty().map { File(it, KEY) }.filter { it.exists() }.map { it.readText() }

    override fun forget(key: String) {
        // First the name: what is left of a folder without it belongs to no edit.
        delete(key, KEY)
        of(key).deleteRecursively()
    }

    private fun of(key: String) = File(folder, sha256(key.toByteArray()))
}

private const val KEY = "key"

/** In hexadecimal digits. */
internal fun sha256(bytes: ByteArray): String =
    MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }
