/** Server-sent events from a fetch stream, because `EventSource` cannot send a bearer token. */

import { EventSourceParserStream } from 'eventsource-parser/stream'

/** One event of an edit. */
export type EditEvent =
  | { readonly id: number; readonly type: 'status'; readonly status: string }
  | {
      readonly id: number
      readonly type: 'queue'
      /** The place in the queue, from 1. */
      readonly position: number
      /** The estimated wait for a worker; 0 before the first run was measured. */
      readonly seconds: number
    }
  | {
      readonly id: number
      readonly type: 'progress'
      readonly step: number
      readonly steps: number
      /** Thumbnail of the picture so far, as a data URL. */
      readonly preview?: string
    }

/** The events in a stream of bytes, without comments and heartbeats. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EditEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield { ...JSON.parse(value.data), id: Number(value.id), type: value.event }
    }
  } finally {
    await reader.cancel()
  }
}
