// Verifies webhook messages (Standard Webhooks 1.0.0), for servers in Swift.

import CryptoKit
import Foundation

/// Messages that are older or newer than this are rejected, against replays.
private let toleranceSeconds = 300.0

/// Verifies and parses a message.
///
/// - Parameters:
///   - secrets: the webhook's secret, or several during a rotation
///   - headers: of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`, in any case
///   - body: the raw body of the request, not parsed and serialized again
/// - Throws: `InvalidWebhook` if no secret matches the signature, or the timestamp is missing or
///   too far off
public func verifyWebhook(
    secrets: [String], headers: [String: String], body: Data
) throws -> WebhookMessage {
    func header(_ name: String) -> String {
        headers.first { $0.key.lowercased() == name }?.value ?? ""
    }
    let id = header("webhook-id")
    let timestamp = header("webhook-timestamp")
    let isNumber = !timestamp.isEmpty && timestamp.utf8.allSatisfy { (48...57).contains($0) }
    guard !id.isEmpty, isNumber, let sent = Double(timestamp),
        abs(Date().timeIntervalSince1970 - sent) <= toleranceSeconds
    else {
        throw InvalidWebhook(
            description: "the webhook message has no id, or its timestamp is more than 300 s off"
        )
    }
    let text = Data("\(id).\(timestamp).".utf8) + body
    let given = header("webhook-signature").split(separator: " ")
        .filter { $0.hasPrefix("v1,") }
        .compactMap { Data(base64Encoded: String($0.dropFirst(3))) }
    for secret in secrets {
        let encoded = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
        guard let key = Data(base64Encoded: encoded), !key.isEmpty else {
            throw InvalidWebhook(description: "the webhook secret is not base64")
        }
        // Takes the same time wherever they differ.
        let matches = given.contains {
            HMAC<SHA256>.isValidAuthenticationCode(
                $0, authenticating: text, using: SymmetricKey(data: key)
            )
        }
        if matches { return try JSONDecoder().decode(WebhookMessage.self, from: body) }
    }
    throw InvalidWebhook(description: "the webhook message is not signed with any of the secrets")
}
