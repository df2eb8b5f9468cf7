import Foundation

/// The API keeps the response of a key for a day: later, the same request would be another edit.
private let responsesSeconds: TimeInterval = 23 * 3600

/// An edit as it is saved before it is sent, so that it can be sent again after a crash.
public struct SavedEdit: Codable, Sendable {
    /// The Idempotency-Key.
    public let key: String
    let origin: String
    /// Digest of whose key it is, without the secret.
    let holder: String
    /// Of fields and files: a key stands for one edit.
    let digest: String
    public let createdAt: Date
    /// Of the form, `image` among them where it is not a file.
    let fields: [String: String]
    let files: [String]
    /// Whether the photo goes to an upload first.
    let large: Bool
    let cancelAfter: String?
    /// The edit's id, as soon as the API has accepted it.
    public var id: String?

    /// - Throws: `SavedEditError` if the API cannot know that it has had this request before
    func check(origin: String, holder: String) throws {
        if self.origin != origin {
            throw SavedEditError(
                description: "the edit \(key) was made at \(self.origin), not at \(origin)"
            )
        }
        if self.holder != holder {
            throw SavedEditError(
                description: "the edit \(key) was made with another account's key or another "
                    + "client token, and only that one knows it"
            )
        }
        if id == nil, -createdAt.timeIntervalSinceNow > responsesSeconds {
            throw SavedEditError(
                description: "the edit \(key) was saved more than 23 hours ago, and whether the "
                    + "API accepted it is not known: look for it in the account's list of edits, and "
                    + "forget this one"
            )
        }
    }
}

/// The edits in a store.
struct SavedEdits: Sendable {
    let store: Store

    private struct Identified: Codable { let id: String }
    private static let accepted = "accepted.json"
    private static let upload = "upload.json"

    /// Files first: where `edit.json` is, everything is.
    func save(_ edit: SavedEdit, _ files: [String: Data]) throws {
        for (name, content) in files { try store.write(edit.key, name, content) }
        try store.write(edit.key, "edit.json", JSONEncoder().encode(edit))
    }

    func load(_ key: String) throws -> SavedEdit? {
        guard let text = try store.read(key, "edit.json") else { return nil }
        var edit = try JSONDecoder().decode(SavedEdit.self, from: text)
        edit.id = try id(key, Self.accepted)
        return edit
    }

    /// The saved files of an edit.
    func files(_ edit: SavedEdit) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in edit.files {
            guard let content = try store.read(edit.key, name) else {
                throw SavedEditError(
                    description: "the store has lost \(name) of the edit \(edit.key)"
                )
            }
            files[name] = content
        }
        return files
    }

    /// From now on the id is all that is needed.
    func accept(_ edit: SavedEdit, id: String) throws {
        try store.write(edit.key, Self.accepted, JSONEncoder().encode(Identified(id: id)))
        for name in edit.files + [Self.upload] { try store.delete(edit.key, name) }
    }

    /// The same upload whenever the edit is sent: another one would make another request.
    func uploadOnce(_ key: String, _ upload: () async throws -> String) async throws -> String {
        if let known = try id(key, Self.upload) { return known }
        let new = try await upload()
        try store.write(key, Self.upload, JSONEncoder().encode(Identified(id: new)))
        return new
    }

    private func id(_ key: String, _ name: String) throws -> String? {
        try store.read(key, name).map { try JSONDecoder().decode(Identified.self, from: $0).id }
    }
}

/// Equal keys of the API are known to an account and a mode, or to one client token.
func holderDigest(of key: String) -> String {
    let parts = key.split(separator: "_", omittingEmptySubsequences: false)
    let known = ["cd": 4, "cdc": 5][parts[0]] ?? parts.count
    return sha256(Data(parts.prefix(known).joined(separator: "_").utf8))
}

func requestDigest(
    _ fields: [String: String], _ files: [String: Data], _ cancelAfter: String?
) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode([fields, files.mapValues(sha256), ["": cancelAfter ?? ""]])
    return sha256(text)
}
