package com.contextdrag

/** A photo: its bytes, an https URL, an upload, or another edit's result. */
public class Image private constructor(internal val bytes: ByteArray?, internal val field: String?) {
    public companion object {
        @JvmStatic
        public fun ofBytes(bytes: ByteArray): Image = Image(bytes, null)

        /** Not with a client token. */
        @JvmStatic
        public fun ofUrl(url: String): Image = Image(null, url)

        @JvmStatic
        public fun ofUpload(id: String): Image = of(ImageReference().apply { upload = id })

        @JvmStatic
        public fun ofEdit(id: String): Image = of(ImageReference().apply { edit = id })

        private fun of(reference: ImageReference) = Image(null, json.encodeToString(reference))
    }
}

/** The media type of a photo, by how the files begin that the API takes. */
internal fun photoType(photo: ByteArray): String {
    val head = photo.copyOf(12).toString(Charsets.ISO_8859_1)
    return when {
        head.startsWith("\u0089PNG") -> "image/png"
        head.startsWith("\u00ff\u00d8\u00ff") -> "image/jpeg"
        head.startsWith("RIFF") && head.endsWith("WEBP") -> "image/webp"
        else -> "application/octet-stream"
    }
}
