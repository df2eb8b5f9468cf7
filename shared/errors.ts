/** The closed list of error codes, their HTTP statuses, and the one error class that carries them. */

/** Every error code with its HTTP status and title. The API returns no others. */
export const errorTable = {
  invalid_request: { status: 400, title: 'The request is malformed' },
  image_missing: { status: 422, title: 'The image is missing' },
  image_unreadable: { status: 422, title: 'The image cannot be read' },
  image_truncated: { status: 422, title: 'The image file is truncated' },
  image_too_large: { status: 413, title: 'The image or the body is too large' },
  image_too_small: { status: 422, title: 'The image is too small' },
  image_aspect_unsupported: { status: 422, title: 'The image is too long and narrow' },
  image_format_unsupported: { status: 415, title: 'The image format is not supported' },
  image_animated: { status: 422, title: 'The image has more than one frame' },
  image_unreachable: { status: 422, title: 'The image URL did not return an image' },
  mask_unreadable: { status: 422, title: 'The mask cannot be read' },
  mask_too_large: { status: 422, title: 'The mask is too large' },
  mask_size_mismatch: { status: 422, title: 'The mask and the image differ in aspect ratio' },
  mask_empty: { status: 422, title: 'The mask is empty' },
  no_drags: { status: 422, title: 'The request has no drags' },
  too_many_drags: { status: 422, title: 'The request has too many drags' },
  handle_outside_image: { status: 422, title: 'A handle is outside the image' },
  target_outside_image: { status: 422, title: 'A target is outside the image' },
  handle_outside_mask: { status: 422, title: 'A handle is outside the mask' },
  nothing_moves: { status: 422, title: 'Nothing moves' },
  nothing_lands: { status: 422, title: 'Nothing lands inside the image' },
  unknown_model: { status: 422, title: 'The model does not exist' },
  model_unavailable: { status: 503, title: 'No worker serves this model at the moment' },
  invalid_option: { status: 422, title: 'An option is not valid' },
  prompt_too_long: { status: 422, title: 'The prompt is too long' },
  unauthenticated: { status: 401, title: 'The key is missing or not valid' },
  forbidden: { status: 403, title: 'The request is not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The route does not support this method' },
  insufficient_credit: { status: 402, title: 'The balance does not cover the price' },
  idempotency_key_missing: { status: 400, title: 'An Idempotency-Key is required' },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used with another request',
  },
  idempotency_in_flight: {
    status: 409,
    title: 'A request with this Idempotency-Key is still in progress',
  },
  spend_limit: { status: 402, title: 'The spend limit is reached' },
  rate_limited: { status: 429, title: 'Too many requests' },
  gone: { status: 410, title: 'The edit was deleted' },
  moderation_unavailable: { status: 503, title: 'The moderation service did not respond' },
  mail_unavailable: { status: 503, title: 'The mail service did not accept the mail' },
  blocked: { status: 422, title: 'Moderation rejected the edit' },
  conflict: { status: 409, title: 'The request conflicts with the current state' },
  worker_failed: { status: 500, title: 'The worker failed' },
  worker_timeout: { status: 504, title: 'The worker took too long' },
  billing_unavailable: { status: 503, title: 'The payment service did not respond' },
  storage_unavailable: { status: 503, title: 'The storage did not respond' },
  overloaded: { status: 503, title: 'The service has no memory free' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { status: number; title: string }>

/** One of the codes of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable

/** An RFC 9457 problem: the body of every error response, and one line on the CLI's stderr. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly pointer?: string | undefined
  readonly requestId?: string | undefined
}

/** A problem whose `type` leads to the page of its code, where a service has one. */
export function linked(problem: Problem, origin: string): Problem {
  return { ...problem, type: `${origin}/errors/${problem.code}` }
}

/** True if a string is one of our error codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorTable, value)
}

/** A request that cannot be fulfilled, and why. Bugs are plain `Error`s. */
export class EditError extends Error {
  override readonly name = 'EditError'
  readonly code: ErrorCode
  /** JSON pointer to the offending field, such as `/drags/1/handle`. */
  readonly pointer: string | undefined
  /** Seconds to wait before the same request can succeed. */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    options: { pointer?: string; retryAfter?: number } = {},
  ) {
    super(detail)
    this.code = code
    this.pointer = options.pointer
    this.retryAfter = options.retryAfter
  }

  /** The HTTP status of this error. */
  get status(): (typeof errorTable)[ErrorCode]['status'] {
    return errorTable[this.code].status
  }

  /** The same error of a part of a request. @param pointer to that part, such as `/edits/3` */
  within(pointer: string): EditError {
    const { code, message, pointer: field = '', retryAfter } = this
    return new EditError(code, message, {
      pointer: `${pointer}${field}`,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  }

  /**
   * This error as a problem object; its `type` is a name, which {@link linked} replaces.
   *
   * @param requestId of the HTTP request, if there is one
   */
  problem(requestId?: string): Problem {
    const { status, title } = errorTable[this.code]
    return {
      type: `urn:contextdrag:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.pointer !== undefined && { pointer: this.pointer }),
      ...(requestId !== undefined && { requestId }),
    }
  }
}
