/**
 * `npm run bench`: how long a plan and an edit take, as ratios within this run and beside their
 * floors. Nothing here can fail a build. `npm run bench -- capacity queue` runs parts by their names.
 */

import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { openOptions, readBaseConfig } from '../../gpu-worker/config.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { freePort, wranglerDev } from '../../infra/stack.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { planDrags } from '../../shared/geometry/plan.ts'
import { tokenCoverage } from '../../shared/mask.ts'
import { settingsOf } from '../fixtures/settings.ts'
import { benchAccept } from './accept.ts'
import { grid, halfMask, image, spreadDrags } from './plan-case.ts'
import { benchPlayground } from './playground.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const counts = [1, 8, 32]
const print = (line = '') => process.stdout.write(`${line}\n`)
const ms = (value: number) => `${value.toFixed(2).padStart(7)} ms`

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

/** Median of `rounds` timings of `work`, each over `batch` calls. */
function time(work: () => unknown, rounds = 31, batch = 5): number {
  return median(
    Array.from({ length: rounds }, () => {
      const start = performance.now()
      for (let i = 0; i < batch; i++) work()
      return (performance.now() - start) / batch
    }),
  )
}

/** Reading the mask once, as words: nothing that looks at every pixel can be faster. */
function maskFloor(): number {
  const words = new Uint32Array(halfMask.data.buffer)
  const read = () => {
    let sum = 0
    for (let i = 0; i < words.length; i++) sum = (sum + (words[i] as number)) | 0
    return sum
  }
  if (read() === 0) throw new Error('the mask is empty')
  return time(read)
}

function numpyTimes(): Record<string, { milliseconds: number; targets: number }> | null {
  const { status, stdout } = spawnSync(
    'python3',
    [join(here, 'plan_numpy.py'), ...counts.map(String)],
    { encoding: 'utf8' },
  )
  return status === 0 ? JSON.parse(stdout) : null
}

function firstCall(drags: number): number {
  const runs = Array.from({ length: 5 }, () =>
    spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(here, 'first-call.ts'), String(drags)],
      { encoding: 'utf8' },
    ),
  )
  return median(runs.map(({ stdout }) => Number(stdout)))
}

/** Milliseconds of a plan in workerd: long batches against empty ones, from outside. */
async function workerdTimes(): Promise<number[]> {
  const port = await freePort()
  const state = await mkdtemp(join(tmpdir(), 'contextdrag-bench-'))
  const server = wranglerDev({
    script: join(here, 'plan-worker.ts'),
    config: join(here, 'wrangler.toml'),
    port,
    args: ['--persist-to', state],
  })
  const origin = `http://127.0.0.1:${port}`
  try {
    await server.ready(`${origin}/?drags=1&batch=0`)
    const call = async (drags: number, batch: number) => {
      const start = performance.now()
      await (await fetch(`${origin}/?drags=${drags}&batch=${batch}`)).text()
      return performance.now() - start
    }
    const times: number[] = []
    for (const drags of counts) {
      await call(drags, 100)
      const full: number[] = []
      const empty: number[] = []
      for (let round = 0; round < 7; round++) {
        full.push(await call(drags, 100))
        empty.push(await call(drags, 0))
      }
      times.push((median(full) - median(empty)) / 100)
    }
    return times
  } finally {
    await server.stop()
  }
}

async function benchPlan(): Promise<void> {
  print('plan: 1024 x 1024 pixels, 64 x 64 tokens, half the image as mask')
  const floor = maskFloor()
  const coverage = time(() => tokenCoverage(halfMask, grid))
  print(`  floor, reading the mask once as words   ${ms(floor)}`)
  print(
    `  coverage of tokens                      ${ms(coverage)}   ${(coverage / floor).toFixed(1)} x floor`,
  )
  const numpy = numpyTimes()
  const workerd = await workerdTimes()
  counts.forEach((count, i) => {
    const drags = spreadDrags(count)
    const whole = time(() => planDrags(image, grid, drags, halfMask))
    const targets = planDrags(image, grid, drags, halfMask).targets.length
    print(`  ${count} drag${count > 1 ? 's' : ''}, ${targets} tokens land`)
    print(
      `    Node, with coverage                   ${ms(whole)}   ${(whole / floor).toFixed(1)} x floor`,
    )
    print(`    Node, geometry alone                  ${ms(whole - coverage)}`)
    print(
      `    workerd, with coverage                ${ms(workerd[i] as number)}   ${((workerd[i] as number) / whole).toFixed(2)} x Node`,
    )
    print(`    first call of a process               ${ms(firstCall(count))}`)
    const other = numpy?.[count]
    if (other === undefined) print('    numpy is not installed')
    else
      print(
        `    numpy                                 ${ms(other.milliseconds)}   ${(other.milliseconds / whole).toFixed(1)} x Node (${other.targets} tokens land)`,
      )
  })
}

async function benchEdit(): Promise<void> {
  const samples = fileURLToPath(new URL('../../samples/', import.meta.url))
  const config = readBaseConfig()
  const photo = await readFile(join(samples, 'balloon/photo.jpg'))
  const { default: sharp } = await import('sharp')
  const square = await sharp(photo).resize(512, 512, { fit: 'fill' }).png().toBuffer()
  const drags = [{ handle: { x: 137, y: 190 }, target: { x: 345, y: 160 } }]
  const settings = settingsOf({ drags, seed: 1 })
  const size = { width: 512, height: 512 }
  const { workingSize, grid: tokens, work } = await workOf(size, settings, null)
  const job = {
    photo: square,
    photoSize: size,
    workingSize,
    grid: tokens,
    work,
    sampler: resolveSettings(settings, () => 1).sampler,
  }
  const location = { cache: config.CONTEXTDRAG_CACHE }
  const backbone = await openBackbone('embedded', location, openOptions(config, 'embedded'))
  print('edit: embedded, 512 x 512, 2 steps (median of 5)')
  const runs: { total: number; inside: number; timings: Record<string, number> }[] = []
  for (let round = 0; round < 6; round++) {
    const before = backbone.insideSession.milliseconds
    const start = performance.now()
    const { timings } = await editPhoto(job, backbone, () => {}, new AbortController().signal)
    runs.push({
      total: performance.now() - start,
      inside: backbone.insideSession.milliseconds - before,
      timings,
    })
  }
  await backbone.close()
  const warm = runs.slice(1)
  for (const stage of Object.keys(warm[0]?.timings ?? {}))
    print(
      `  ${stage.padEnd(12)} ${ms(median(warm.map(({ timings }) => timings[stage] as number)))}`,
    )
  print(
    `  total        ${ms(median(warm.map(({ total }) => total)))}, floor: ${ms(median(warm.map(({ inside }) => inside)))} inside onnxruntime`,
  )
  print(
    `  outside      ${(100 * median(warm.map(({ total, inside }) => 1 - inside / total))).toFixed(1)} % of the time`,
  )
}

/** Runs another benchmark in a process of its own. @param args before its file */
function inProcess(file: string, ...args: string[]): void {
  const all = ['--disable-warning=ExperimentalWarning', ...args, join(here, file)]
  spawnSync(process.execPath, all, { stdio: 'inherit' })
}

const hooks = new URL('../edge/objects/hooks.ts', import.meta.url).href
const parts: Record<string, () => unknown> = {
  plan: benchPlan,
  edit: benchEdit,
  accept: () => benchAccept(print),
  queue: () => inProcess('queue.ts'),
  capacity: () => inProcess('capacity/main.ts', '--import', hooks),
  playground: () => benchPlayground(print),
}
const asked = process.argv.slice(2)
const unknown = asked.find((name) => parts[name] === undefined)
if (unknown !== undefined) throw new Error(`${unknown} is none of ${Object.keys(parts).join(', ')}`)
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  print()
  await parts[name]?.()
}
