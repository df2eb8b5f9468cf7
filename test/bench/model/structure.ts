/**
 * A released transformer at full size without its weights: a sparse safetensors file in bfloat16, the
 * real graph, one forward of a few tokens on the CPU. It shows structure, offsets beyond 4 GB and
 * memory; the numbers mean nothing, the weights are zeros.
 */

import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { Session } from '../../../gpu-worker/onnx/session.ts'
import { caseOf } from './case.ts'
import { WEIGHTS } from './export.ts'
import type { Model } from './models.ts'
import { memory } from './precision/memory.ts'
import { layoutOf, weightShapes } from './weights.ts'
import { workOf } from './work.ts'

/** Prints what it finds: 24 GB of sparse file for FLUX.1, as much page cache, a few minutes. */
export async function showStructure(model: Model): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-structure-'))
  try {
    const path = join(folder, WEIGHTS)
    const { header, dataBytes } = layoutOf(path, weightShapes(model), 'BF16')
    const file = await open(path, 'w')
    await file.write(header)
    await file.truncate(header.length + dataBytes)
    await file.close()
    let start = performance.now()
    const graph = model.graph(await readSafetensors(path), 'F32', { stoppable: true })
    const { parameters } = workOf(model)
    print(
      `${model.name}: ${parameters.toLocaleString('en')} parameters, graph of ${(graph.length / 1000).toFixed(0)} KB, written in ${(performance.now() - start).toFixed(0)} ms`,
    )
    start = performance.now()
    const session = await Session.create(graph, { provider: 'cpu', packed: true })
    print(`  loaded in ${seconds(start)} s, ${JSON.stringify(await memory())} MB`)
    let peak = await memory()
    const watch = setInterval(async () => {
      const now = await memory()
      if (now.anonymous > peak.anonymous) peak = now
    }, 200)
    start = performance.now()
    await session.run(caseOf(model, 'F32').feeds)
    clearInterval(watch)
    print(`  one forward in ${seconds(start)} s, at its peak ${JSON.stringify(peak)} MB`)
    await session.close()
  } finally {
    await rm(folder, { recursive: true })
  }
}

const print = (line: string) => process.stdout.write(`${line}\n`)
const seconds = (start: number) => ((performance.now() - start) / 1000).toFixed(1)
