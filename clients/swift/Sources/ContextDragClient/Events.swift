import Foundation

/// One event of an edit.
public enum EditEvent: Sendable, Equatable {
    case status(id: Int, EditStatus)
    /// `preview` is a thumbnail of the picture so far, as a data URL.
    case progress(id: Int, step: Int, steps: Int, preview: String?)

    public var id: Int {
        switch self {
        case .status(let id, _), .progress(let id, _, _, _): return id
        }
    }
}

/// Takes the lines of a stream and gives its events, without comments and heartbeats.
struct EventReader {
    private struct Content: Decodable {
        let status: EditStatus?
        let step: Int?
        let steps: Int?
        let preview: String?
    }
    private var fields: [String: String] = [:]

    /// The event that ends with this line, if one does.
    mutating func take(_ line: String) throws -> EditEvent? {
        guard line.isEmpty else {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let name = String(line[..<colon])
            var value = line[colon...].dropFirst()
            if value.first == " " { value = value.dropFirst() }
            if name == "data", let before = fields[name] {
                fields[name] = before + "\n" + String(value)
            } else {
                fields[name] = String(value)
            }
            return nil
        }
        defer { fields = [:] }
        guard let data = fields["data"], let id = fields["id"].flatMap({ Int($0) }) else {
            return nil
        }
        let content = try JSONDecoder().decode(Content.self, from: Data(data.utf8))
        if let status = content.status { return .status(id: id, status) }
        guard let step = content.step, let steps = content.steps else { return nil }
        return .progress(id: id, step: step, steps: steps, preview: content.preview)
    }
}

/// Lines of bytes, empty ones included: `AsyncLineSequence` leaves those out, and they end events.
func readEvents(
    _ bytes: URLSession.AsyncBytes, _ take: (EditEvent) throws -> Bool
) async throws -> Bool {
    var reader = EventReader()
    var line = Data()
    for try await byte in bytes {
        guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            continue
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if let event = try reader.take(String(decoding: line, as: UTF8.self)), try take(event) {
            return true
        }
        line.removeAll(keepingCapacity: true)
    }
    return false
}
