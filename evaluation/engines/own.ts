/**
 * Our own models in this process, as the command line and the worker run them, and their backbones with
 * another editing strategy.
 */

import type { EditJob } from '../../gpu-worker/engine.ts'
import { prepareLocally } from '../../gpu-worker/local/prepare.ts'
import { recordOfEdit, runInstantly, runOnBackbone } from '../../gpu-worker/local/run.ts'
import { maskPng } from '../../gpu-worker/photo/mask-png.ts'
import { NO_SAM } from '../../gpu-worker/sam/weights.ts'
import type { EditingStrategy } from '../../gpu-worker/sampler/editing-strategy.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditSettings, withModel } from '../../shared/edit/settings.ts'
import { EditError } from '../../shared/errors.ts'
import { isBackbone, type ModelName, models } from '../../shared/models.ts'
import type { EvaluationCase } from '../case.ts'
import type { Edited, EvaluatedEngine } from '../engine.ts'
import { decodePicture } from '../picture.ts'
import { fieldsOf } from './fields.ts'
import type { EngineResources, ResourceOptions } from './resources.ts'

/**
 * @throws EditError for a setting that does not exist, or that the model does not read;
 * `model_unavailable` without a checkpoint
 */
export function checkOwnEngine(
  model: ModelName,
  settings: Readonly<Record<string, unknown>>,
  { checkpoints }: ResourceOptions,
): void {
  const drags = [{ handle: { x: 0, y: 0 }, target: { x: 1, y: 0 } }]
  withModel(parseRequest(EditSettings, { drags, ...settings }), model)
  if (models[model].weights !== null && checkpoints[model] === undefined)
    throw new EditError('model_unavailable', `${model} needs --checkpoint ${model}=FOLDER`, {
      pointer: '/checkpoint',
    })
}

/** @param strategy of the edits of a backbone; ours if undefined */
export async function openOwnEngine(
  model: ModelName,
  name: string,
  settings: Readonly<Record<string, unknown>>,
  resources: EngineResources,
  strategy?: EditingStrategy,
): Promise<EvaluatedEngine> {
  return {
    name,
    edit: (one, signal) => edit(one, signal, model, settings, resources, strategy),
    // What it opened is shared with others.
    async close() {},
  }
}

async function edit(
  one: EvaluationCase,
  signal: AbortSignal,
  model: ModelName,
  settings: Readonly<Record<string, unknown>>,
  resources: EngineResources,
  strategy: EditingStrategy | undefined,
): Promise<Edited> {
  const { sam: setting, prompts } = resources.options
  const request = {
    photo: one.photo,
    mask: one.mask && (await maskPng(one.mask.mask)),
    affects: one.affects ?? null,
    fields: fieldsOf(one, model, settings, prompts),
  }
  // As for `edit`: a SAM that is asked for refines object masks, too.
  const refine = setting !== undefined && setting !== NO_SAM
  const local = await prepareLocally(request, model, refine)
  // Without a mask to refine or a thing to find, SAM is not asked.
  const sam = local.prepared.mask === null ? await resources.sam() : null
  const running = { onProgress: () => {}, signal, sam }
  const run = async (job: EditJob) =>
    isBackbone(model)
      ? runOnBackbone(job, await resources.backbone(model), running, resources.config, strategy)
      : runInstantly(job, resources.inpainter(), running)
  const made = await run(local.job)
  const { record, warnings } = recordOfEdit(local, made)
  return {
    picture: await decodePicture(made.result.bytes),
    timings: made.result.timings,
    record: { ...record, warnings: warnings.map(({ code }) => code), plan: made.plan },
    ...(made.result.moved !== undefined && { moved: made.result.moved }),
  }
}
