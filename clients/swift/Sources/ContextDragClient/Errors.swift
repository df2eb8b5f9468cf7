// What can go wrong, besides the network: that is a URLError.

import Foundation

/// An error response: `code` is from a list that may grow, `status` is the HTTP status.
public struct ContextDragError: Error, Sendable, CustomStringConvertible {
    public let problem: Problem
    /// Seconds to wait before the same request can succeed, if the API says so.
    public let retryAfter: Double?

    public var code: ErrorCode { problem.code }
    public var status: Int { problem.status }
    public var description: String { "\(problem.code.rawValue): \(problem.detail)" }
}

/// A saved edit must not be sent again, because that might pay for it twice.
public struct SavedEditError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// A message is not from the API, or is too old.
public struct InvalidWebhook: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// The error in a response. A response without a problem object gets the code `internal`.
func errorOf(_ response: HTTPURLResponse, body: Data) -> ContextDragError {
    let problem =
        (try? JSONDecoder().decode(Problem.self, from: body))
        ?? Problem(
            type: "about:blank",
            title: "The response is not from the API",
            status: response.statusCode,
            code: ErrorCode(rawValue: "internal"),
            detail: "status \(response.statusCode) without a problem object",
            pointer: nil,
            requestId: nil
        )
    let header = response.value(forHTTPHeaderField: "retry-after")
    return ContextDragError(problem: problem, retryAfter: header.flatMap(seconds(of:)))
}

/// Retry-After as seconds or, from a proxy, as a date.
private func seconds(of header: String) -> Double? {
    if let seconds = Double(header) { return seconds.isFinite ? max(0, seconds) : nil }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return format.date(from: header).map { max(0, $0.timeIntervalSinceNow) }
}
