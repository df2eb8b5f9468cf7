import Foundation

/// A photo: its bytes, an https URL (not with a client token), an upload, or another edit's result.
public enum Photo: Sendable {
    case bytes(Data)
    case url(String)
    case upload(String)
    case edit(String)

    /// The field of a form, where the photo is not a file.
    var field: String? {
        switch self {
        case .bytes: return nil
        case .url(let url): return url
        case .upload(let id): return "{\"upload\":\"\(id)\"}"
        case .edit(let id): return "{\"edit\":\"\(id)\"}"
        }
    }
}

/// The body of a create, and its content type.
func form(fields: [String: String], files: [String: Data]) -> (type: String, body: Data) {
    let boundary = "contextdrag-\(UUID().uuidString)"
    var body = Data()
    for (name, value) in fields {
        let head = "--\(boundary)\r\ncontent-disposition: form-data; name=\"\(name)\"\r\n\r\n"
        body.append(Data((head + value + "\r\n").utf8))
    }
    for (name, content) in files {
        let head =
            "--\(boundary)\r\n"
            + "content-disposition: form-data; name=\"\(name)\"; filename=\"\(name)\"\r\n"
            + "content-type: \(photoType(content))\r\n\r\n"
        body.append(Data(head.utf8))
        body.append(content)
        body.append(Data("\r\n".utf8))
    }
    body.append(Data("--\(boundary)--\r\n".utf8))
    return ("multipart/form-data; boundary=\(boundary)", body)
}

/// The fields of an input as a form has them: text as it is, all else as JSON.
func formFields(of input: EditInput) throws -> [String: String] {
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(input))
    let values = object as? [String: Any] ?? [:]
    return try values.mapValues { value in
        if let text = value as? String { return text }
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys]
        let json = try JSONSerialization.data(withJSONObject: value, options: options)
        return String(decoding: json, as: UTF8.self)
    }
}

/// The media type of a photo, by how the files begin that the API takes.
func photoType(_ photo: Data) -> String {
    let head = [UInt8](photo.prefix(12))
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if head.starts(with: Array("RIFF".utf8)), head.suffix(4) == Array("WEBP".utf8)[...] {
        return "image/webp"
    }
    return "application/octet-stream"
}
