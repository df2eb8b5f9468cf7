/** The fields of the request that a case becomes. */

import { forBackbones, isBackbone, type ModelName } from '../../shared/models.ts'
import type { EvaluationCase } from '../case.ts'

/** The same noise for every case, engine and run. */
const SEED = 42

/** Fields of a saved edit that say nothing about the picture, or that the evaluation decides. */
const LEFT_OUT = ['metadata', 'maxCost', 'output', 'model']
/** Options that only `instant` reads. */
const FOR_INSTANT = ['filling', 'field', 'shadows']
/** Options that only transformers read. */
const FOR_BACKBONES = Object.keys(forBackbones)

/**
 * Fields of a request: what the case says, below what the engine is set to.
 *
 * @param model null if the service chooses it, so that only what all models read is sent
 * @param prompts whether the case's prompt is sent, to a model that reads one
 */
export function fieldsOf(
  { drags, mask, prompt, settings: saved = {} }: EvaluationCase,
  model: ModelName | null,
  settings: Readonly<Record<string, unknown>>,
  prompts: boolean,
): Record<string, unknown> {
  const reads = model !== null && isBackbone(model)
  // A saved edit may be for another model, whose options this one does not read.
  const unread = [...(model === 'instant' ? [] : FOR_INSTANT), ...(reads ? [] : FOR_BACKBONES)]
  const dropped = new Set([...LEFT_OUT, ...unread])
  return {
    seed: SEED,
    ...Object.fromEntries(Object.entries(saved).filter(([name]) => !dropped.has(name))),
    drags,
    ...(mask !== null && { maskKind: mask.kind }),
    ...(prompts && reads && prompt !== '' && { prompt }),
    ...(model !== null && { model }),
    ...settings,
    output: { format: 'png' },
  }
}
