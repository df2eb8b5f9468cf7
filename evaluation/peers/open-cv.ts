/**
 * OpenCV as peers use it: npm's `@opencvjs/node`, OpenCV compiled to WebAssembly, so that a peer gives the
 * same picture on every machine.
 */

import type { OpenCV } from '@opencvjs/node'
import type { Size } from '../../shared/drag.ts'
import type { Picture } from '../picture.ts'

export type Cv = typeof OpenCV

/** @throws Error if it is not installed, which it is for development only */
export async function loadCv(): Promise<Cv> {
  const { loadOpenCV } = await import('@opencvjs/node').catch((cause: unknown) => {
    throw new Error('this peer needs the development package @opencvjs/node: npm install', {
      cause,
    })
  })
  return loadOpenCV()
}

/** What has to be deleted, because WebAssembly has no garbage collector. */
type Deletable = { delete(): void }

/** Runs a computation, and deletes what it has kept. */
export function withMats<T>(compute: (keep: <M extends Deletable>(mat: M) => M) => T): T {
  const kept: Deletable[] = []
  try {
    return compute((mat) => {
      kept.push(mat)
      return mat
    })
  } finally {
    for (const mat of kept.reverse()) mat.delete()
  }
}

/** Flags as OpenCV's masks: 0 and 255. */
export function maskMat(cv: Cv, flags: Uint8Array, { width, height }: Size): OpenCV.Mat {
  const mat = new cv.Mat(height, width, cv.CV_8UC1)
  mat.data.set(flags.map((flag) => 255 * flag))
  return mat
}

/** Three channels. */
export function colourMat(cv: Cv, { width, height, data }: Picture): OpenCV.Mat {
  const mat = new cv.Mat(height, width, cv.CV_8UC3)
  for (let at = 0, to = 0; at < data.length; at += 4)
    for (let i = 0; i < 3; i++) mat.data[to++] = data[at + i] as number
  return mat
}

/** @param mat of three channels */
export function pictureOf(mat: OpenCV.Mat): Picture {
  const data = new Uint8ClampedArray(4 * mat.rows * mat.cols).fill(255)
  for (let at = 0, from = 0; at < data.length; at += 4)
    for (let i = 0; i < 3; i++) data[at + i] = mat.data[from++] as number
  return { width: mat.cols, height: mat.rows, data }
}

/** Flags of what is not 0. @param mat of one channel */
export function flagsOf(mat: OpenCV.Mat): Uint8Array {
  return Uint8Array.from(mat.data as Uint8Array, (value) => (value > 0 ? 1 : 0))
}

/** Flags, widened by a square of a side of `kernel` pixels, which is odd. */
export function widened(cv: Cv, flags: Uint8Array, size: Size, kernel: number): Uint8Array {
  return withMats((keep) => {
    const mat = keep(maskMat(cv, flags, size))
    const square = keep(cv.Mat.ones(kernel, kernel, cv.CV_8UC1))
    cv.dilate(mat, mat, square)
    return flagsOf(mat)
  })
}
