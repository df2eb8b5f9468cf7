/**
 * Renders the sample scenes to files: `photo.jpg`, `mask.png` and `drags.json` for each. Run by
 * `npm run samples`.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { maskSvg, sceneSvg, scenes } from './scenes.ts'

/**
 * How much wider the mask is than the object, in pixels: about one token, so that no rim is left
 * behind.
 */
const MASK_MARGIN = 11

/** Folder of a sample. */
export function sampleFolder(name: string): string {
  return fileURLToPath(new URL(`./${name}/`, import.meta.url))
}

/** Writes every sample. */
export async function renderSamples(): Promise<void> {
  for (const scene of scenes) {
    const folder = sampleFolder(scene.name)
    await mkdir(folder, { recursive: true })
    await sharp(Buffer.from(sceneSvg(scene)))
      .flatten()
      .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
      .toFile(`${folder}photo.jpg`)
    const mask = sharp(Buffer.from(maskSvg(scene, MASK_MARGIN)))
      .flatten()
      .greyscale()
    await mask.png({ palette: true, colours: 2, dither: 0 }).toFile(`${folder}mask.png`)
    await writeFile(`${folder}drags.json`, `${JSON.stringify(scene.drags)}\n`)
  }
}
