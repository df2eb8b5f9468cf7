import Foundation

/// Statuses after which a request may be retried.
private let retried: Set<Int> = [429, 502, 503, 504]
private let maxWaitSeconds = 20.0

/// Sends requests, and retries them where that is safe.
struct Transport: Sendable {
    let origin: String
    let key: String
    let session: URLSession
    let attempts: Int
    private let redirects = NoRedirects()

    init(origin: String, key: String, session: URLSession, attempts: Int) {
        self.origin = origin
        self.key = key
        self.session = session
        self.attempts = attempts
    }

    /// The body of a 2xx response.
    ///
    /// - Throws: `ContextDragError` for an error response, `URLError` without one
    func data(for request: URLRequest, repeatable: Bool) async throws -> Data {
        try await retrying(repeatable) {
            let (data, response) = try await session.data(for: request, delegate: redirects)
            try check(response, data)
            return data
        }
    }

    /// The bytes of a 2xx response as they come, and its status.
    func bytes(for request: URLRequest) async throws -> (URLSession.AsyncBytes, Int) {
        try await retrying(true) {
            let (bytes, response) = try await session.bytes(for: request, delegate: redirects)
            let status = (response as? HTTPURLResponse)?.statusCode ?? 0
            if !(200..<300).contains(status) {
                var body = Data()
                for try await byte in bytes { body.append(byte) }
                try check(response, body)
            }
            return (bytes, status)
        }
    }

    /// The JSON of a 2xx response. Repeatable by default: GET.
    func call<Answer: Decodable>(
        _ method: String,
        _ path: String,
        body: Data? = nil,
        repeatable: Bool? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let request = try self.request(method, path, body: body, headers: headers)
        let data = try await self.data(for: request, repeatable: repeatable ?? (method == "GET"))
        return try JSONDecoder().decode(Answer.self, from: data)
    }

    /// A request with the key.
    func request(
        _ method: String, _ path: String, body: Data? = nil, headers: [String: String] = [:]
    ) throws -> URLRequest {
        guard let url = URL(string: origin + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        // `wait` holds a request for 30 seconds.
        request.timeoutInterval = 90
        request.setValue("Bearer \(key)", forHTTPHeaderField: "authorization")
        headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
        return request
    }

    private func check(_ response: URLResponse, _ body: Data) throws {
        guard let response = response as? HTTPURLResponse else {
            throw URLError(.badServerResponse)
        }
        if !(200..<300).contains(response.statusCode) { throw errorOf(response, body: body) }
    }

    private func retrying<T>(_ repeatable: Bool, _ once: () async throws -> T) async throws -> T {
        var attempt = 1
        while true {
            let last = attempt >= (repeatable ? attempts : 1)
            var wait = 0.25 * pow(2, Double(attempt)) * Double.random(in: 0.5...1)
            do {
                return try await once()
            } catch let error as ContextDragError {
                let again = retried.contains(error.status) || error.code == .idempotencyInFlight
                if last || !again { throw error }
                wait = error.retryAfter ?? wait
            } catch let error as URLError {
                if last || error.code == .cancelled { throw error }
            }
            try await Task.sleep(nanoseconds: UInt64(1e9 * min(maxWaitSeconds, wait)))
            attempt += 1
        }
    }
}

/// The API never redirects; a redirect would take the key along.
private final class NoRedirects: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest
    ) async -> URLRequest? { nil }
}
