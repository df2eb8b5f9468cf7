/** Configuration of the providers that run GPU workers. Knows nothing of their protocols. */

import { z } from 'zod'
import { ModelNameSchema } from '../../shared/edit/settings.ts'
import { engineOf } from '../../shared/models.ts'
import { originSchema } from '../../shared/origin.ts'

export const origin = originSchema('https://api.example')

const providerBase = {
  name: z.string().regex(/^[a-z0-9-]{1,30}$/),
  models: z.array(ModelNameSchema).min(1),
  /** Where its workers are bound to be; absent for anywhere. */
  jurisdiction: z.enum(['eu']).optional(),
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
    /** Instant edits it takes at a time, beside those of the transformers (its workers' INSTANT_RUNS). */
    instantSlots: z.number().int().min(1).max(1000).default(2),
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

/**
 * The providers that may work for accounts of a region, in the order of preference: a jurisdiction's only
 * send their photos to workers that are bound to be there, too.
 */
export function providersFor<T extends Pick<ProviderConfig, 'jurisdiction'>>(
  providers: readonly T[],
  region: string,
): readonly T[] {
  return region === 'eu' ? providers.filter(({ jurisdiction }) => jurisdiction === 'eu') : providers
}

/**
 * A provider as the queue sees it, once for each kind of engine that has slots of its own there: instant
 * edits take no slot of a GPU. RunPod's workers take one job at a time, whatever it is.
 */
export function queuesOf(config: ProviderConfig): ProviderConfig[] {
  if (config.kind === 'runpod') return [config]
  const { name, models, instantSlots } = config
  const [transformers, instant] = (['transformer', 'instant'] as const).map((kind) =>
    models.filter((model) => engineOf(model) === kind),
  )
  return [
    { ...config, models: transformers ?? [] },
    { ...config, models: instant ?? [], name: `${name}.instant`, slots: instantSlots },
  ].filter((queue) => queue.models.length > 0)
}
