/**
 * The playground: masks and preview frames (what is left behind filled included) in Node, frames and
 * readiness in a real browser, and what the page weighs.
 */

import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { Preview } from '../../edge/playground/preview/preview.ts'
import { findChromium, INSTALL_HINT } from '../../infra/chromium.ts'
import { freePort, Stack } from '../../infra/stack.ts'
import type { Drag } from '../../shared/drag.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import { launch } from '../fixtures/page/browser.ts'
import { sampleThings } from '../fixtures/things.ts'

type Print = (line?: string) => void

const assets = fileURLToPath(new URL('../../dist/assets/', import.meta.url))
const FIELD = { field: 'rigid', power: 2 } as const
const MOVES = 60

function summary(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] as number
  return `median ${at(0.5).toFixed(1).padStart(6)} ms   p95 ${at(0.95).toFixed(1).padStart(6)} ms`
}

/** Drags spread over the left half of a square, all on their way to the right. */
function spread(side: number, count: number, move: number): Drag[] {
  return Array.from({ length: count }, (_, i) => {
    const x = side * (0.2 + (0.35 * ((i * 37) % count)) / count)
    const y = side * (0.1 + (0.8 * (i + 0.5)) / count)
    return {
      handle: { x, y },
      target: { x: x + 0.1 * side + move, y: y + 0.02 * side * ((i % 3) - 1) },
    }
  })
}

function benchPreview(print: Print): void {
  print('preview, a frame: half of the picture moves')
  for (const side of [512, 1024, 2048])
    for (const count of [1, 8, 32]) {
      const data = new Uint8Array(4 * side * side).map((_, i) => i * 7)
      const mask = new Uint8Array(side * side)
      for (let y = 0; y < side; y++) mask.fill(1, y * side + side / 8, y * side + (5 * side) / 8)
      const preview = new Preview({ width: side, height: side, data }, { rows: 64, cols: 64 })
      preview.setMask({ width: side, height: side, data: mask })
      const times: number[] = []
      for (let move = 0; move < MOVES + 5; move++) {
        const start = performance.now()
        preview.draw(spread(side, count, move), FIELD)
        // The first ones make the filling, and are compiled.
        if (move >= 5) times.push(performance.now() - start)
      }
      print(
        `  ${String(side).padStart(4)} px, ${String(count).padStart(2)} drags   ${summary(times)}`,
      )
    }
}

async function benchMasks(print: Print): Promise<void> {
  const fresh: number[] = []
  const again: number[] = []
  for (const { pixels, handle } of await sampleThings())
    for (let round = 0; round < 6; round++) {
      const segmenter = new Segmenter(pixels)
      for (const times of [fresh, again]) {
        const start = performance.now()
        segmenter.segment({ add: [{ points: [handle], radius: 1 }], remove: [] })
        times.push(performance.now() - start)
      }
    }
  print('masks of the samples, a click')
  print(`  first of a photo   ${summary(fresh)}`)
  print(`  every other        ${summary(again)}`)
}

async function benchWeight(print: Print): Promise<void> {
  const files = ['index.html', ...(await readdir(join(assets, 'app'))).map((name) => `app/${name}`)]
  const sizes = await Promise.all(
    files.map(async (file) => gzipSync(await readFile(join(assets, file)), { level: 9 }).length),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  print(`page: ${(total / 1024).toFixed(1)} KB compressed, all of it, both threads included`)
}

/** A saved edit of a square photo: half of it moves, by eight drags. */
async function savedEdit(folder: string): Promise<string> {
  const side = 1024
  const noise = Buffer.alloc(side * side * 3).map((_, i) => (i * 2654435761) >>> 26)
  const photo = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
    .jpeg()
    .toBuffer()
  const half = Buffer.alloc(side * side)
  for (let y = 0; y < side; y++) half.fill(255, y * side + side / 8, y * side + (5 * side) / 8)
  const mask = await sharp(half, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer()
  const url = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`
  const create = {
    image: url('image/jpeg', photo),
    mask: url('image/png', mask),
    drags: spread(side, 8, 0),
    model: 'flux1-kontext-dev',
  }
  const file = join(folder, 'edit.json')
  await writeFile(file, JSON.stringify({ version: 1, name: 'noise.jpg', create }))
  return file
}

async function benchBrowser(print: Print): Promise<void> {
  if (findChromium() === null) return print(`no browser: ${INSTALL_HINT}`)
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-bench-page-'))
  const stack = await Stack.prepare({
    secretsFile: join(folder, 'secrets.env'),
    stateFolder: join(folder, 'state'),
    edgePort: await freePort(),
    workerPort: await freePort(),
    // Only the edge is started.
    workerEnv: { SAM: 'none' },
  })
  const browser = await launch()
  try {
    await stack.startEdge()
    const ready: number[] = []
    for (let round = 0; round < 7; round++) {
      const context = await browser.newContext()
      const page = await context.newPage()
      const start = performance.now()
      await page.goto(stack.origin, { waitUntil: 'commit' })
      await page.getByRole('button', { name: 'Open a photo', exact: true }).waitFor()
      ready.push(performance.now() - start)
      await context.close()
    }
    print(`page ready for a photo, from nothing   ${summary(ready)}`)
    const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } })
    await page.goto(stack.origin)
    await page.evaluate('globalThis.previewFrames = []')
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(await savedEdit(folder))
    const end = await page.locator('[data-drag="7"][data-end="target"]').boundingBox()
    if (end === null) throw new Error('the saved edit has no eighth drag')
    const [x, y] = [end.x + end.width / 2, end.y + end.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    const start = performance.now()
    for (let i = 0; i < 2 * MOVES; i++) await page.mouse.move(x + i, y - i / 2)
    const seconds = (performance.now() - start) / 1000
    await page.mouse.up()
    const frames = await page.evaluate<number[]>('globalThis.previewFrames')
    print(`preview in the browser, 1024 px, 8 drags   ${summary(frames.slice(3))}`)
    print(
      `  ${(frames.length / seconds).toFixed(0)} frames a second for ${((2 * MOVES) / seconds).toFixed(0)} moves a second`,
    )
  } finally {
    await browser.close()
    await stack.stop()
  }
}

/** Prints all of it. */
export async function benchPlayground(print: Print): Promise<void> {
  benchPreview(print)
  await benchMasks(print)
  await benchWeight(print)
  await benchBrowser(print)
}
