/** The worker's own version and those of what it stands on. */

import { readFile } from 'node:fs/promises'
import type { EngineRecord } from '../shared/edit/record.ts'
import type { OpenBackbone } from './backbones/family.ts'

/** Characters of a fingerprint that are shown. */
const SHOWN = 16

export type Versions = {
  readonly worker: string
  readonly node: string
  readonly onnxruntime: string
}

/** Reads the versions from package.json. */
export async function readVersions(): Promise<Versions> {
  const { version, dependencies } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const node = process.versions.node
  return { node, worker: version, onnxruntime: dependencies['onnxruntime-node'] }
}

/** Compute type, fingerprint, and the weights in low precision, as they are shown. */
export function checkpointOf({ compute, fingerprint, weights }: OpenBackbone) {
  return {
    compute,
    fingerprint: fingerprint.slice(0, SHOWN),
    ...(weights !== undefined && { weights }),
  }
}

/** What is recorded of the engine of a transformer. @param provider execution provider */
export function engineRecord(
  backbone: OpenBackbone,
  { worker, onnxruntime }: Versions,
  provider: string,
): EngineRecord {
  const { fingerprint, ...shown } = checkpointOf(backbone)
  return {
    version: worker,
    onnxruntime,
    executionProvider: provider,
    ...shown,
    checkpoint: fingerprint,
  }
}
