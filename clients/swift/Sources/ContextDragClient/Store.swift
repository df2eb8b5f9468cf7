import CryptoKit
import Foundation

/// Where edits are kept from before they are sent until they are forgotten: small files by the key
/// of their edit. What `write` has returned from survives the process.
public protocol Store: Sendable {
    func read(_ key: String, _ name: String) throws -> Data?

    /// Replaces the file as a whole: a reader gets the old content or the new one.
    func write(_ key: String, _ name: String, _ content: Data) throws

    func delete(_ key: String, _ name: String) throws

    func keys() throws -> [String]

    /// Deletes all files of an edit.
    func forget(_ key: String) throws
}

/// A folder with one folder for each edit, named by the SHA-256 of its key.
public struct FileStore: Store {
    private let folder: URL

    public init(folder: URL) { self.folder = folder }

    /// In the app's Application Support: the system never empties it.
    public init() throws {
        let support = try FileManager.default.url(
            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil,
            create: true
        )
        folder = support.appendingPathComponent("ContextDrag", isDirectory: true)
    }

    public func read(_ key: String, _ name: String) throws -> Data? {
        let file = of(key).appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    }

    public func write(_ key: String, _ name: String, _ content: Data) throws {
        try FileManager.default.createDirectory(at: of(key), withIntermediateDirectories: true)
        if name != keyName, try read(key, keyName) == nil {
            try write(key, keyName, Data(key.utf8))
        }
        // Readable also while the device is locked, for an app that is woken in the background.
        let options: Data.WritingOptions = [
            .atomic, .completeFileProtectionUntilFirstUserAuthentication,
        ]
        try content.write(to: of(key).appendingPathComponent(name), options: options)
    }

    public func delete(_ key: String, _ name: String) throws {
        try remove(of(key).appendingPathComponent(name))
    }

    public func keys() throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        let folders = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        )
        return try folders.compactMap { own in
            let file = own.appendingPathComponent(keyName)
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            return String(decoding: try Data(contentsOf: file), as: UTF8.self)
        }
    }

    public func forget(_ key: String) throws {
        // First the name: what is left of a folder without it belongs to no edit.
        try delete(key, keyName)
        try remove(of(key))
    }

    private func of(_ key: String) -> URL {
        folder.appendingPathComponent(sha256(Data(key.utf8)), isDirectory: true)
    }

    private func remove(_ url: URL) throws {
        if FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.removeItem(at: url)
        }
    }
}

private let keyName = "key"

/// In hexadecimal digits.
func sha256(_ data: Data) -> String {
    SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
}
