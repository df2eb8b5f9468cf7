/** Server-sent events from a fetch stream: `EventSource` can send no bearer. */

/** One event of an edit. */
export type EditEvent =
  | { readonly id: number; readonly type: 'status'; readonly status: string }
  | {
      readonly id: number
      readonly type: 'progress'
      readonly step: number
      readonly steps: number
      /** A thumbnail of what is coming, as a data URL. */
      readonly preview?: string
    }

/** The events in a stream of bytes; comments and heartbeats are passed over. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EditEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader()
  let pending = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      pending += value
      const blocks = pending.split('\n\n')
      pending = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event !== null) yield event
      }
    }
  } finally {
    await reader.cancel()
  }
}

function parseEvent(block: string): EditEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ')
      return [line.slice(0, at), line.slice(at + 2)] as const
    }),
  )
  const data = fields.get('data')
  if (data === undefined) return null
  return { ...JSON.parse(data), id: Number(fields.get('id')), type: fields.get('event') }
}
