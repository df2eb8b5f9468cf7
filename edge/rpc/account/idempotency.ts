/** What identifies a request that may be sent again, and the response that was stored for it. */

/** A request with an Idempotency-Key. */
export type Once = {
  /** Caller, method and path, so that equal keys of two callers never collide. */
  readonly scope: string
  readonly key: string
  readonly fingerprint: string
  /** Id of the request that holds the lease: it may continue, any other gets a conflict. */
  readonly holder: string
}

/** The response of a create: the one just given, or the one stored for an earlier equal request. */
export type StoredResponse = { readonly response: string; readonly replayed: boolean }
