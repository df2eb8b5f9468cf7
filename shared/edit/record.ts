/**
 * What an edit was made with: its options without gaps, and what the worker found. Two edits that
 * differ in their record differ in how they were made.
 */

import { z } from 'zod'
import { planFields, profile, workingArea } from './plan-options.ts'
import { SamplerSettings } from './sampler-settings.ts'
import { EditSettings } from './settings.ts'
import { type WarningCode, warningTable } from './warning.ts'

const share = z.number().min(0).max(1)
const count = z.number().int().nonnegative()

/** Schema of {@link Warning}. */
export const WarningSchema = z
  .object({
    code: z.enum(Object.keys(warningTable) as [WarningCode, ...WarningCode[]]),
    message: z.string().meta({ description: 'Plain English, with the numbers.' }),
    drag: count.optional().meta({ description: 'Index of the drag that it is about.' }),
    share: share.optional().meta({
      description:
        'From 0 to 1: how much of the mask moves, or how much of what moves leaves the image.',
    }),
    pixels: z.number().optional().meta({
      description: 'nothing_moves: the smallest horizontal or vertical drag that moves something.',
    }),
  })
  .meta({ id: 'Warning' })

const sampler = SamplerSettings.shape

/** Every option that decides the picture, except the prompts. */
export const OptionsRecord = z
  .object({
    profile: profile.unwrap(),
    maskKind: EditSettings.shape.maskKind.unwrap(),
    scope: planFields.scope.unwrap(),
    power: z.number(),
    seed: sampler.seed,
    output: sampler.output,
    ...z
      .object({
        strategy: planFields.strategy.unwrap(),
        view: planFields.view.unwrap(),
        pre: z.boolean(),
        preBlocks: planFields.preBlocks.unwrap(),
        oam: z.boolean(),
        vacated: planFields.vacated.unwrap(),
        rim: planFields.rim.unwrap(),
        border: planFields.border.unwrap(),
        workingArea: workingArea.unwrap(),
        ...z.object(sampler).omit({ prompt: true, negativePrompt: true, seed: true, output: true })
          .shape,
      })
      .partial().shape,
  })
  .meta({
    id: 'EditOptions',
    description:
      'All options that were used, with defaults filled in. Options of the transformers are absent for instant, which does not read them.',
  })
export type OptionsRecord = z.infer<typeof OptionsRecord>

/** The mask that the plan was made from. */
export const MaskRecord = z
  .object({
    given: z.boolean().meta({
      description: 'false: no mask was sent, and the worker found the things at the handles.',
    }),
    foundBy: z.enum(['sam', 'colours']).nullable().meta({
      description:
        'sam: SAM corrected the outline of an object mask, or found all the things (with an editable mask or without a mask). colours: at least one of these things was found by colours. null: the mask was used as it was sent, or no thing was found at a handle.',
    }),
    iterations: count.meta({ description: 'How many times SAM or the segmentation was asked.' }),
    holesFilled: z
      .boolean()
      .meta({ description: 'Whether holes of the mask were filled (profile paper).' }),
    areaBefore: share.meta({
      description:
        'Share of the photo that is white in the mask that was sent, or in discs around the handles if none was.',
    }),
    areaAfter: share.meta({
      description: 'Share of the photo that is white in the mask that the plan was made from.',
    }),
  })
  .meta({ id: 'MaskRecord' })
export type MaskRecord = z.infer<typeof MaskRecord>

const PlanSizes = z.object({
  grid: z.object({ rows: count, cols: count }),
  sourceMask: count,
  targets: count,
  view: count,
  editRegion: count,
})

/** What made the picture. */
export const EngineRecord = z
  .object({
    version: z.string().meta({ description: 'Version of the worker.' }),
    onnxruntime: z.string().optional(),
    executionProvider: z.string().optional(),
    compute: z.string().optional().meta({ description: 'Compute type of the transformer.' }),
    weights: z.enum(['int8', 'int4']).optional().meta({
      description:
        "The low precision of the transformer's weights; absent if they are as they are stored.",
    }),
    targetTokens: z.literal('region').optional().meta({
      description:
        'region: only the tokens of the edit region and around it were denoised; absent if all were.',
    }),
    checkpoint: z.string().optional().meta({
      description: 'First 16 hex digits of the SHA-256 of the layout of the checkpoint.',
    }),
    inpainter: z.string().optional().meta({
      description:
        'First 16 hex digits of the SHA-256 of the inpainting network whose guess the patches of instant followed; absent if none was asked.',
    }),
  })
  .meta({
    id: 'EngineRecord',
    description:
      'For instant the version, and the network that was asked what may be in its holes.',
  })
export type EngineRecord = z.infer<typeof EngineRecord>

/** What the worker adds: the engine, and where it made the plan itself, what it made it from. */
export const RunRecord = z.object({
  engine: EngineRecord.optional(),
  mask: MaskRecord.optional(),
  plan: PlanSizes.optional(),
  warnings: z.array(WarningSchema).readonly().optional(),
})
export type RunRecord = z.infer<typeof RunRecord>

/** The record of an edit. */
export const EditRecord = z
  .object({
    options: OptionsRecord,
    mask: MaskRecord.optional().meta({
      description: 'Known from the end of the edit on if the worker has to find the mask.',
    }),
    affects: z
      .object({ area: share.meta({ description: 'Share of the photo that is white.' }) })
      .optional()
      .meta({ description: 'The mask of what changes with the thing, if one was sent.' }),
    engine: EngineRecord.optional().meta({ description: 'Known from the end of the edit on.' }),
  })
  .meta({
    id: 'EditRecord',
    description:
      'What the edit was made with. Together with photo, drags, masks and prompts it decides the picture.',
  })
export type EditRecord = z.infer<typeof EditRecord>
