/**
 * TypeScript client of the API for browsers, Node and Workers. In an app, use a client token, never
 * an account key.
 */

import type { components } from './contract.ts'
import { dataUrl } from './data-url.ts'
import { type EditEvent, readEvents } from './events.ts'
import { photoType } from './photo-type.ts'
import { pause, Transport, type TransportOptions } from './transport.ts'

export type { components } from './contract.ts'
export { ContextDragError, type Problem } from './errors.ts'
export type { EditEvent } from './events.ts'
export { verifyWebhook, type WebhookMessage } from './webhook.ts'

type Schemas = components['schemas']
export type Edit = Schemas['Edit']
/** An edit, and all candidates where several were asked for. */
export type CreatedEdit = Schemas['CreatedEdit']
/** What a retry finds of an edit of several that was deleted since. */
export type DeletedEdit = Schemas['DeletedEdit']
export type Plan = Schemas['Plan']
export type Usage = Schemas['Usage']
export type Model = Schemas['Models']['models'][number]
/** A photo: its bytes, an https URL, an upload, or another edit's result. */
export type Image = Blob | string | { readonly upload: string } | { readonly edit: string }

/** In pixels of the photo as displayed. If handle and target are equal, the drag is a pin. */
export type Drag = Schemas['Drag']
/** From box to box: [top, left, bottom, right], from 0 to 1000 over the photo. Degrees clockwise. */
export type Move = {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly rotate?: number
}
/** What goes where: drags, or moves and pins. */
type Moved =
  | { readonly drags: readonly Drag[]; readonly moves?: readonly Move[] }
  | { readonly drags?: readonly Drag[]; readonly moves: readonly Move[] }
/** A plan request. Only the photo's size, and drags or moves, are required. */
export type PlanInput = Omit<Schemas['CreatePlan'], 'drags' | 'moves'> & Moved

/** A mask request for a thing in an uploaded photo: points, a box, or a rough mask (a data URL). */
export type MaskInput = Omit<Schemas['CreateMask'], 'points' | 'candidates'> & {
  /** Whether the answer has the masks of several sizes that one click may mean. */
  readonly candidates?: boolean
  readonly points?: readonly { readonly x: number; readonly y: number; readonly on?: boolean }[]
}

export type MaskOptions = {
  readonly signal?: AbortSignal
  /** Whether to ask again if no worker is free. Default: true. */
  readonly retry?: boolean
}

/** An edit request. Only the photo, and drags or moves, are required. */
export type EditInput = Omit<
  Partial<Schemas['CreateEdit']>,
  'image' | 'mask' | 'affects' | 'drags' | 'moves'
> &
  Moved & {
    readonly image: Image
    /** PNG, white on what moves (or as `maskKind` says). */
    readonly mask?: Blob
    /** PNG, white on what changes with the thing: its shadow, its reflection. */
    readonly affects?: Blob
  }

export type EditOptions = {
  /** Use the same value for every retry of the same edit. Default: a random UUID. */
  readonly idempotencyKey?: string
  /** For example `90s`: the edit is canceled if it is not done by then. */
  readonly cancelAfter?: string
  readonly signal?: AbortSignal
}

/** Larger photos are uploaded first. */
const MAX_FORM_BYTES = 9_000_000
const OPEN: readonly Edit['status'][] = ['queued', 'dispatching', 'running', 'storing']

export class ContextDrag {
  readonly #transport: Transport

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options)
  }

  /**
   * Creates an edit, or `n` candidates, and returns at once. {@link wait} for each, or follow its
   * {@link events}.
   */
  async edit(input: EditInput, options: EditOptions = {}): Promise<CreatedEdit> {
    const { image, mask, affects, ...fields } = input
    const { signal } = options
    const masks = (mask?.size ?? 0) + (affects?.size ?? 0)
    const large = image instanceof Blob && image.size + masks > MAX_FORM_BYTES
    const photo = large ? { upload: await this.upload(image, signal) } : image
    const form = new FormData()
    if (photo instanceof Blob) form.append('image', photo, 'photo')
    else form.append('image', textOf(photo))
    if (mask) form.append('mask', mask, 'mask.png')
    if (affects) form.append('affects', affects, 'affects.png')
    for (const [name, value] of Object.entries(fields))
      if (value !== undefined) form.append(name, textOf(value))
    return this.#transport.json<CreatedEdit>('/v1/edits', {
      method: 'POST',
      body: form,
      signal,
      repeatable: true,
      headers: headersOf(options),
    })
  }

  /**
   * Creates up to 20 edits, all or none, and returns them at once, in this order. Photos are uploaded
   * first, each once; to send the same batch again in another call, pass uploads instead. Only such a
   * retry finds deleted edits.
   */
  async batch(
    inputs: readonly EditInput[],
    options: EditOptions = {},
  ): Promise<(Edit | DeletedEdit)[]> {
    const { signal } = options
    const uploads = new Map<Blob, string>()
    const edits: object[] = []
    for (const { image, mask, affects, ...fields } of inputs) {
      if (image instanceof Blob && !uploads.has(image))
        uploads.set(image, await this.upload(image, signal))
      edits.push({
        ...fields,
        image: image instanceof Blob ? { upload: uploads.get(image) } : image,
        ...(mask && { mask: await dataUrl(mask) }),
        ...(affects && { affects: await dataUrl(affects) }),
      })
    }
    const call = { method: 'POST', json: { edits }, signal, repeatable: true } as const
    const headers = headersOf(options)
    return (
      await this.#transport.json<Schemas['EditBatch']>('/v1/edits/batch', { ...call, headers })
    ).edits
  }

  /**
   * The current state of an edit.
   *
   * @param urlLifetime how long the URL of its result is to be valid: `1h` (the default) to `7d`
   */
  get(id: string, signal?: AbortSignal, urlLifetime?: string): Promise<Edit> {
    const query = urlLifetime === undefined ? '' : `?${new URLSearchParams({ urlLifetime })}`
    return this.#transport.json<Edit>(`/v1/edits/${id}${query}`, { signal })
  }

  /** Waits for the final state of an edit, whether it succeeded or not. */
  async wait(id: string, signal?: AbortSignal): Promise<Edit> {
    for (;;) {
      const headers = { prefer: 'wait=30' }
      const edit = await this.#transport.json<Edit>(`/v1/edits/${id}`, { headers, signal })
      if (!OPEN.includes(edit.status)) return edit
    }
  }

  /** The events of an edit, live, until its final state. Reconnects if the connection is lost. */
  async *events(id: string, signal?: AbortSignal): AsyncGenerator<EditEvent> {
    let last = 0
    for (;;) {
      const response = await this.#transport.send(`/v1/edits/${id}/events`, {
        headers: { 'last-event-id': String(last) },
        signal,
      })
      // 204: nothing comes after the last one.
      if (response.body === null) return
      try {
        for await (const event of readEvents(response.body)) {
          last = event.id
          yield event
          if (event.type === 'status' && !OPEN.includes(event.status as Edit['status'])) return
        }
      } catch (error) {
        // Reconnect if the stream broke off, but not if the caller aborted it.
        if (signal?.aborted) throw error
      }
      await pause(500, signal)
    }
  }

  /** The edited photo. */
  async result(id: string, signal?: AbortSignal): Promise<Blob> {
    const response = await this.#transport.send(`/v1/edits/${id}/result`, { signal })
    return response.blob()
  }

  /** Cancels an edit. It is charged if a worker has started it; see `chargedOnCancel`. */
  cancel(id: string): Promise<Schemas['CanceledEdit']> {
    return this.#transport.json(`/v1/edits/${id}/cancel`, { method: 'POST' })
  }

  /** Deletes an edit with its photo and its result. */
  async delete(id: string): Promise<void> {
    await this.#transport.send(`/v1/edits/${id}`, { method: 'DELETE' })
  }

  /** All edits, newest first. Fetches pages on demand. */
  async *list(metadata: Readonly<Record<string, string>> = {}): AsyncGenerator<Edit> {
    let cursor: string | undefined
    do {
      const query = new URLSearchParams({ limit: '100' })
      for (const [name, value] of Object.entries(metadata)) query.set(`metadata.${name}`, value)
      if (cursor) query.set('cursor', cursor)
      const page = await this.#transport.json<Schemas['EditList']>(`/v1/edits?${query}`)
      yield* page.edits
      cursor = page.next
    } while (cursor)
  }

  /** The models that this key or client token may use. */
  async models(): Promise<readonly Model[]> {
    return (await this.#transport.json<Schemas['Models']>('/v1/models')).models
  }

  /** Which tokens an edit would move, and its price. */
  plan(request: PlanInput): Promise<Plan> {
    return this.#transport.json('/v1/plan', { method: 'POST', json: request, repeatable: true })
  }

  /** The mask of a thing in an uploaded photo. Needs a worker that finds masks. */
  mask(request: MaskInput, options: MaskOptions = {}): Promise<Schemas['Mask']> {
    const { signal, retry = true } = options
    const call = { method: 'POST', json: request, signal } as const
    return this.#transport.json('/v1/masks', retry ? { ...call, repeatable: true } : call)
  }

  /** Uploads a photo of up to 20 MB. @returns the upload's id, for `image: { upload }` */
  async upload(photo: Blob, signal?: AbortSignal): Promise<string> {
    const upload = await this.#transport.json<Schemas['Upload']>('/v1/uploads', {
      method: 'POST',
      signal,
      repeatable: true,
      json: { contentType: await photoType(photo), bytes: photo.size },
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
    const stored = await this.#transport.elsewhere(upload.url, {
      method: upload.method,
      headers: upload.headers,
      body: photo,
      signal: signal ?? null,
    })
    if (!stored.ok) throw new Error(`the upload failed with status ${stored.status}`)
    return upload.id
  }

  /** The account's usage. Dates are `YYYY-MM-DD`. */
  usage(query: { from?: string; to?: string; by?: 'day' | 'key' | 'client' } = {}): Promise<Usage> {
    return this.#transport.json(`/v1/usage?${new URLSearchParams(query)}`)
  }
}

/** Headers of a request that creates edits. */
function headersOf({ idempotencyKey, cancelAfter }: EditOptions): Record<string, string> {
  return {
    'idempotency-key': idempotencyKey ?? crypto.randomUUID(),
    ...(cancelAfter !== undefined && { 'cancel-after': cancelAfter }),
  }
}

/** A field of a form: text as it is, all else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
