/** The thread behind edit-on-thread.ts. */

import { parentPort } from 'node:worker_threads'
import { EditError } from '../../shared/errors.ts'
import type { Glance } from '../../shared/instant/glance.ts'
import { editInstantly, editInstantlyWith } from '../../shared/instant/instant.ts'
import type { ShortenedDrag } from '../../shared/instant/things.ts'
import type { InstantStage } from '../../shared/models.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'
import type {
  Planes,
  ThreadInput,
  ThreadMessage,
  ThreadPhoto,
  ThreadRequest,
} from './edit-on-thread.ts'

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const tell = (message: ThreadMessage) => port.postMessage(message)

/** RGBA of what is visible. */
function interleaved({ visible, alpha, width, height }: ThreadPhoto): Uint8ClampedArray {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let at = 0, from = 0, i = 0; at < data.length; at += 4, from += 3, i++) {
    data[at] = visible[from] as number
    data[at + 1] = visible[from + 1] as number
    data[at + 2] = visible[from + 2] as number
    data[at + 3] = alpha === null ? 255 : (alpha[i] as number)
  }
  return data
}

/** Writes the pixels that changed into the photo's planes. */
function planesOf(edited: Uint8ClampedArray, photo: ThreadPhoto): Planes {
  const { rgb, visible, alpha } = photo
  const size = photo.width * photo.height
  for (let i = 0, at = 0, to = 0; i < size; i++, at += 4, to += 3) {
    const same =
      edited[at] === visible[to] &&
      edited[at + 1] === visible[to + 1] &&
      edited[at + 2] === visible[to + 2] &&
      (alpha === null || edited[at + 3] === alpha[i])
    if (same) continue
    rgb[to] = edited[at] as number
    rgb[to + 1] = edited[at + 1] as number
    rgb[to + 2] = edited[at + 2] as number
    if (alpha !== null) alpha[i] = edited[at + 3] as number
  }
  return { rgb, alpha }
}

/** Takes the colours that this thread asked for. */
let take: ((filled: Uint8Array) => void) | null = null

/** Has the colours of the hole guessed outside this thread. @returns RGB of the photo */
async function ask({ width, height, data }: Pixels, hole: Uint8Array): Promise<Uint8Array> {
  const rgb = new Uint8Array(3 * width * height)
  for (let i = 0; i < hole.length; i++) rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i)
  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  take = resolve
  tell({ holed: { width, height, rgb, hole } })
  const filled = await promise
  take = null
  return filled
}

async function run({ photo, edit, asks, looks }: ThreadInput): Promise<void> {
  const { width, height } = photo
  const shortened: ShortenedDrag[] = []
  const events = {
    onStage: (stage: InstantStage, look?: () => Glance) =>
      tell({ stage, look: looks && look !== undefined ? look() : null }),
    onShortened: (drag: ShortenedDrag) => shortened.push(drag),
  }
  try {
    const pixels = { width, height, data: interleaved(photo) }
    const edited = asks
      ? await editInstantlyWith(ask, pixels, edit, events)
      : editInstantly(pixels, edit, events)
    const planes = planesOf(edited, photo)
    tell({ planes, shortened })
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    tell({ problem: error.problem() })
  }
}

// Whatever else `run` throws ends the thread, and its edit with it.
port.on('message', (message: ThreadRequest) => {
  if ('input' in message) void run(message.input)
  else take?.(message.filled)
})
