/** Configuration of the providers that run GPU workers. Knows nothing of their protocols. */

import { z } from 'zod'
import { type BackboneName, backboneNames } from '../../shared/backbones.ts'
import { originSchema } from '../../shared/origin.ts'

export const origin = originSchema('https://api.example')
export const model = z.enum(backboneNames as [BackboneName, ...BackboneName[]])

const providerBase = {
  name: z.string().regex(/^[a-z0-9-]{1,30}$/),
  models: z.array(model).min(1),
  /** Runs it takes at a time. */
  slots: z.number().int().min(1).max(1000).default(1),
}

/** Where runs go, in the order of preference. */
export const ProviderConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    ...providerBase,
    url: origin,
    /**
     * Headers that the host in front of the worker asks for, with the setting that holds each
     * value: `{"authorization": "RUNPOD_BEARER"}`, `{"modal-key": "MODAL_KEY", ...}`.
     */
    headers: z.record(z.string(), z.string()).default({}),
    /** Whether its workers have a segmenter (their setting SAM). */
    masks: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('runpod'),
    ...providerBase,
    endpoint: z.string().regex(/^[a-z0-9]+$/),
    /** The setting that holds RunPod's API key. */
    apiKey: z.string().default('RUNPOD_API_KEY'),
    url: origin.default('https://api.runpod.ai'),
  }),
])
export type ProviderConfig = z.infer<typeof ProviderConfig>
