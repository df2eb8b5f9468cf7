/**
 * Fills by other programs: holes go out as files, pictures come back as files (test/parity/fill_peers.py),
 * and are measured like our own.
 */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Picture } from '../../evaluation/picture.ts'
import { compare, type Measures } from '../../evaluation/truth/measures.ts'
import { flagged } from './fill.ts'

type Fill = {
  readonly peer: string
  readonly measures: Measures
  readonly seconds: number
  readonly picture: Picture
}

/** Writes a photo without what is in its hole, and the hole in white. */
export async function writeHole(
  folder: string,
  number: number,
  photo: Picture,
  hole: Uint8Array,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const size = { width: photo.width, height: photo.height }
  const data = photo.data.slice()
  hole.forEach((flag, at) => {
    if (flag === 1) data.set([255, 0, 255, 255], 4 * at)
  })
  await sharp(data, { raw: { ...size, channels: 4 } })
    .removeAlpha()
    .png()
    .toFile(join(folder, `${number}.png`))
  await sharp(
    hole.map((flag) => 255 * flag),
    { raw: { ...size, channels: 1 } },
  )
    .png()
    .toFile(join(folder, `${number}.hole.png`))
}

/** The fills that have come back for a hole. */
export async function readFills(
  folder: string,
  number: number,
  photo: Picture,
  hole: Uint8Array,
): Promise<Fill[]> {
  const file = join(folder, 'seconds.json')
  const taken: Record<string, Record<string, number>> = existsSync(file)
    ? JSON.parse(await readFile(file, 'utf8'))
    : {}
  const on = flagged(hole)
  const names = (await readdir(folder)).flatMap((name) => {
    const [, of, peer] = /^(\d+)\.([\w-]+)\.png$/.exec(name) ?? []
    return of === String(number) && peer !== undefined && peer !== 'hole' ? [peer] : []
  })
  return Promise.all(
    names.sort().map(async (peer) => {
      const data = await sharp(join(folder, `${number}.${peer}.png`))
        .ensureAlpha()
        .raw()
        .toBuffer()
      const picture = { ...photo, data: new Uint8ClampedArray(data) }
      const seconds = taken[peer]?.[number] ?? Number.NaN
      return { peer, seconds, picture, measures: compare(picture, photo, on) }
    }),
  )
}
