import Foundation

/// Larger photos are uploaded first.
private let maxFormBytes = 9_000_000
private let openStatuses: Set<EditStatus> = [.queued, .dispatching, .running, .storing]
/// Statuses of requests that would be rejected again.
private let wrong: Set<Int> = [400, 404, 410, 413, 415, 422]

/// A client of the API. In an app, `key` is a client token, never an account key.
public struct ContextDrag: Sendable {
    private let transport: Transport
    private let holder: String
    private let saves: SavedEdits

    /// - Parameters:
    ///   - baseURL: origin of the API, for example `https://api.example`
    ///   - store: where edits are saved before they are sent
    ///   - attempts: for a request that may be repeated
    public init(
        baseURL: String, key: String, store: Store, session: URLSession = .shared, attempts: Int = 5
    ) {
        let origin = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        transport = Transport(origin: origin, key: key, session: session, attempts: attempts)
        holder = holderDigest(of: key)
        saves = SavedEdits(store: store)
    }

    /// Creates an edit and returns at once: `wait` for it, or follow its `events`. Everything is
    /// saved before the first byte is sent. After a crash, the same call with the same key, or
    /// `resume`, returns the same edit. `forget` it when its result is safe.
    ///
    /// - Parameters:
    ///   - key: the Idempotency-Key: what stands for this edit in your app, such as the number of
    ///     an order
    ///   - mask: PNG, white on what moves (or as `maskKind` says)
    ///   - affects: PNG, white on what changes with the thing: its shadow, its reflection
    ///   - cancelAfter: for example `90s`: the edit is cancelled if it is not done by then
    /// - Throws: `SavedEditError` if the key is saved with another edit, or cannot be sent any more
    public func edit(
        _ image: Photo,
        _ input: EditInput,
        key: String = UUID().uuidString,
        mask: Data? = nil,
        affects: Data? = nil,
        cancelAfter: String? = nil
    ) async throws -> Edit {
        var fields = try formFields(of: input)
        fields["image"] = image.field
        var files: [String: Data] = [:]
        if case .bytes(let photo) = image { files["image"] = photo }
        files["mask"] = mask
        files["affects"] = affects
        let digest = try requestDigest(fields, files, cancelAfter)
        if let before = try saves.load(key) {
            guard before.digest == digest else {
                throw SavedEditError(description: "the key \(key) is saved with another edit")
            }
            return try await send(before)
        }
        let bytes = files.values.reduce(0) { $0 + $1.count }
        let edit = SavedEdit(
            key: key,
            origin: transport.origin,
            holder: holder,
            digest: digest,
            createdAt: Date(),
            fields: fields,
            files: files.keys.sorted(),
            large: files["image"] != nil && bytes > maxFormBytes,
            cancelAfter: cancelAfter
        )
        try saves.save(edit, files)
        do {
            return try await create(edit, files)
        } catch let error as ContextDragError {
            // Nothing was made. After a crash that is less sure: then it is the caller's to forget.
            if wrong.contains(error.status), error.code != .idempotencyKeyReused { try forget(key) }
            throw error
        }
    }

    /// The edit of a key, after a crash: sent again if no response was saved, else read.
    ///
    /// - Throws: `SavedEditError` if nothing is saved for the key, or it cannot be sent any more
    public func resume(_ key: String) async throws -> Edit {
        guard let edit = try saves.load(key) else {
            throw SavedEditError(description: "no edit is saved for the key \(key)")
        }
        return try await send(edit)
    }

    /// All edits that were not forgotten, oldest first.
    public func saved() throws -> [SavedEdit] {
        try saves.store.keys().compactMap(saves.load).sorted { $0.createdAt < $1.createdAt }
    }

    /// Deletes what is saved for a key, not the edit itself.
    public func forget(_ key: String) throws { try saves.store.forget(key) }

    /// The current state of an edit.
    public func get(_ id: String) async throws -> Edit {
        try await transport.call("GET", "/v1/edits/\(id)")
    }

    /// Waits for the final state of an edit, whether it succeeded or not.
    public func wait(_ id: String) async throws -> Edit {
        while true {
            let edit: Edit = try await transport.call(
                "GET", "/v1/edits/\(id)", headers: ["prefer": "wait=30"]
            )
            if !openStatuses.contains(edit.status) { return edit }
        }
    }

    /// The events of an edit, live, until its final state. Reconnects if the connection is lost.
    public func events(_ id: String) -> AsyncThrowingStream<EditEvent, Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await follow(id) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The edited photo.
    public func result(_ id: String) async throws -> Data {
        try await transport.data(
            for: transport.request("GET", "/v1/edits/\(id)/result"), repeatable: true
        )
    }

    /// Cancels an edit. It is charged if a worker has started it; see `chargedOnCancel`.
    public func cancel(_ id: String) async throws -> CanceledEdit {
        try await transport.call("POST", "/v1/edits/\(id)/cancel")
    }

    /// Deletes an edit with its photo and its result.
    public func delete(_ id: String) async throws {
        let request = try transport.request("DELETE", "/v1/edits/\(id)")
        _ = try await transport.data(for: request, repeatable: false)
    }

    /// The models that this key or client token may use.
    public func models() async throws -> [Model] {
        let answer: Models = try await transport.call("GET", "/v1/models")
        return answer.models
    }

    /// Which tokens an edit would move, and its price.
    public func plan(_ plan: PlanInput) async throws -> Plan {
        try await post("/v1/plan", plan)
    }

    /// The mask of a thing in an uploaded photo. Needs a worker that finds masks.
    public func mask(_ mask: MaskInput) async throws -> Mask {
        try await post("/v1/masks", mask)
    }

    /// Uploads a photo of up to 20 MB. Returns the upload's id, for `Photo.upload`.
    public func upload(_ photo: Data) async throws -> String {
        let type = UploadInputContentType(rawValue: photoType(photo))
        let input = UploadInput(contentType: type, bytes: photo.count)
        let upload: Upload = try await post("/v1/uploads", input, key: UUID().uuidString)
        guard let url = URL(string: upload.url) else { throw URLError(.badURL) }
        // Without the key: the URL is signed.
        var request = URLRequest(url: url)
        request.httpMethod = upload.method.rawValue
        request.httpBody = photo
        upload.headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
        _ = try await transport.data(for: request, repeatable: true)
        return upload.id
    }

    private func send(_ edit: SavedEdit) async throws -> Edit {
        try edit.check(origin: transport.origin, holder: holder)
        if let id = edit.id { return try await get(id) }
        return try await create(edit, saves.files(edit))
    }

    private func create(_ edit: SavedEdit, _ given: [String: Data]) async throws -> Edit {
        var fields = edit.fields
        var files = given
        if edit.large, let photo = files.removeValue(forKey: "image") {
            fields["image"] = Photo.upload(
                try await saves.uploadOnce(edit.key) { try await upload(photo) }
            ).field
        }
        let (type, body) = form(fields: fields, files: files)
        var headers = ["content-type": type, "idempotency-key": edit.key]
        headers["cancel-after"] = edit.cancelAfter
        let accepted: Edit = try await transport.call(
            "POST", "/v1/edits", body: body, repeatable: true, headers: headers
        )
        try saves.accept(edit, id: accepted.id)
        return accepted
    }

    /// JSON that may be sent twice.
    private func post<Answer: Decodable>(
        _ path: String, _ value: some Encodable, key: String? = nil
    ) async throws -> Answer {
        var headers = ["content-type": "application/json"]
        headers["idempotency-key"] = key
        let body = try JSONEncoder().encode(value)
        return try await transport.call(
            "POST", path, body: body, repeatable: true, headers: headers
        )
    }

    private func follow(_ id: String, _ hear: (EditEvent) -> Void) async throws {
        var last = 0
        while true {
            let headers = ["last-event-id": String(last)]
            let request = try transport.request("GET", "/v1/edits/\(id)/events", headers: headers)
            let (bytes, status) = try await transport.bytes(for: request)
            // 204: nothing comes after the last one.
            if status == 204 { return }
            do {
                let over = try await readEvents(bytes) { event in
                    last = event.id
                    hear(event)
                    if case .status(_, let status) = event { return !openStatuses.contains(status) }
                    return false
                }
                if over { return }
            } catch let error as URLError where error.code != .cancelled {
                // It broke off: the next request asks for what comes after the last event.
            }
            try await Task.sleep(nanoseconds: 500_000_000)
        }
    }
}
