/**
 * Noise in and latents out of an edit, to hold a run against another implementation that starts from
 * the same noise. Both are safetensors files of float32 tokens [tokens, features].
 */

import type { OpenBackbone } from '../gpu-worker/backbones/family.ts'
import { readTensors, writeSafetensors } from '../gpu-worker/checkpoint/safetensors.ts'
import { EditError } from '../shared/errors.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { prepareOutput, writeOutput } from './files.ts'

/** The two files; undefined for the seeded noise, and for latents that nobody wants. */
export type LatentFiles = { readonly noise: string | undefined; readonly out: string | undefined }

/** A backbone that takes the noise of a file, and keeps the latents that it decodes. */
export type Exchange = {
  readonly backbone: OpenBackbone
  /** Writes the latents that were decoded. @throws EditError `invalid_option` */
  readonly write: () => Promise<void>
}

/**
 * Wraps a backbone for one edit.
 *
 * @throws EditError `invalid_option` if a file cannot be read or written, or its noise is not the
 * edit's
 */
export async function exchange(
  opened: OpenBackbone,
  grid: TokenGrid,
  files: LatentFiles,
): Promise<Exchange> {
  const noise = files.noise === undefined ? null : await readNoise(files.noise, opened, grid)
  const { out } = files
  if (out !== undefined) await prepareOutput(out, '/latentsOut')
  let latents = new Float32Array()
  const backbone: OpenBackbone = {
    compute: opened.compute,
    fingerprint: opened.fingerprint,
    insideSession: opened.insideSession,
    encode: (photo, signal) => opened.encode(photo, signal),
    condition: (input, signal) => opened.condition(input, signal),
    schedule: (steps, tokens) => opened.schedule(steps, tokens),
    noise: (seed, asked) => noise ?? opened.noise(seed, asked),
    velocity: (run, signal) => opened.velocity(run, signal),
    decode(tokens, asked, signal) {
      latents = Float32Array.from(tokens)
      return opened.decode(tokens, asked, signal)
    },
    previews: (reference, photo) => opened.previews(reference, photo),
    close: () => opened.close(),
  }
  const write = async () => {
    if (out === undefined) return
    const tokens = grid.rows * grid.cols
    const dims = [tokens, latents.length / tokens]
    const bytes = writeSafetensors([{ name: 'latents', dims, data: latents }])
    await writeOutput(out, '/latentsOut', bytes, 'application/octet-stream')
  }
  return { backbone, write }
}

async function readNoise(
  path: string,
  backbone: OpenBackbone,
  { rows, cols }: TokenGrid,
): Promise<Float32Array> {
  const rejected = (reason: string) =>
    new EditError('invalid_option', reason, { pointer: '/noise' })
  const tensors = await readTensors(path).catch((error) => {
    throw error instanceof EditError ? rejected(error.message) : error
  })
  const noise = tensors.get('noise')
  if (noise === undefined) throw rejected(`${path} has no tensor noise`)
  const wanted = [rows * cols, backbone.noise(0, { rows: 1, cols: 1 }).length]
  // Other implementations have a batch axis of 1.
  const dims = noise.dims.length === 3 && noise.dims[0] === 1 ? noise.dims.slice(1) : noise.dims
  if (noise.type === 'F32' && dims.join() === wanted.join()) return noise.data
  throw rejected(
    `the noise in ${path} is ${noise.type} [${noise.dims.join(', ')}]; this edit takes F32 [${wanted.join(', ')}]: ${rows} rows of ${cols} tokens`,
  )
}
