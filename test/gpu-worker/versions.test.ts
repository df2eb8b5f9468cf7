import { expect, test } from 'vitest'
import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { checkpointOf, engineRecord } from '../../gpu-worker/versions.ts'

const versions = { worker: '1.2.3', node: '22', onnxruntime: '1.30.0' }
const opened = (weights?: 'int8' | 'int4') =>
  ({ compute: 'F32', fingerprint: '0123456789abcdef0123', weights }) as OpenBackbone
const config = { EXECUTION_PROVIDER: 'cpu', TARGET_TOKENS: 'all' } as const
const usual = {
  version: '1.2.3',
  onnxruntime: '1.30.0',
  executionProvider: 'cpu',
  compute: 'F32',
  checkpoint: '0123456789abcdef',
}

test('the record names low precision and the tokens that were denoised, where they are not the usual', () => {
  expect(engineRecord(opened(), versions, config)).toEqual(usual)
  expect(engineRecord(opened('int4'), versions, config)).toEqual({ ...usual, weights: 'int4' })
  const region = { ...config, TARGET_TOKENS: 'region' } as const
  expect(engineRecord(opened(), versions, region)).toEqual({ ...usual, targetTokens: 'region' })
})

test('health shows the low precision of a checkpoint', () => {
  expect(checkpointOf(opened('int8'))).toEqual({
    compute: 'F32',
    fingerprint: '0123456789abcdef',
    weights: 'int8',
  })
})
