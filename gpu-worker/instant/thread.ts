/** The thread behind edit-on-thread.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { EditError } from '../../shared/errors.ts'
import { editInstantly } from '../../shared/instant/instant.ts'
import type { Planes, ThreadInput, ThreadMessage, ThreadPhoto } from './edit-on-thread.ts'

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

const { photo, edit } = workerData as ThreadInput
try {
  const pixels = { width: photo.width, height: photo.height, data: interleaved(photo) }
  const edited = editInstantly(pixels, edit, (stage) => tell({ stage }))
  const planes = planesOf(edited, photo)
  tell({ planes })
} catch (error) {
  if (!(error instanceof EditError)) throw error
  tell({ problem: error.problem() })
}
