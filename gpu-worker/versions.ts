/** The worker's own version and those of what it stands on. */

import { readFile } from 'node:fs/promises'
import type { EngineRecord } from '../shared/edit/record.ts'
import type { OpenBackbone } from './backbones/family.ts'
import type { BaseConfig } from './config.ts'

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

/** What is recorded of the engine of a transformer. */
export function engineRecord(
  backbone: OpenBackbone,
  { worker, onnxruntime }: Versions,
  { EXECUTION_PROVIDER, TARGET_TOKENS }: Pick<BaseConfig, 'EXECUTION_PROVIDER' | 'TARGET_TOKENS'>,
): EngineRecord {
  const { fingerprint, ...shown } = checkpointOf(backbone)
  return {
    version: worker,
    onnxruntime,
    executionProvider: EXECUTION_PROVIDER,
    ...shown,
    checkpoint: fingerprint,
    ...(TARGET_TOKENS === 'region' && { targetTokens: TARGET_TOKENS }),
  }
}
