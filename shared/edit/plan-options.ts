/** Schemas of a request's drags and of the options of its geometry. */

import { z } from 'zod'
import { MAX_DRAGS } from '../drag.ts'
import { defaultPlanOptions, type PlanOptions } from '../geometry/plan.ts'
import { preBlocks, rimKeys, vacatedKeys } from '../geometry/reference-view.ts'
import { scopes } from '../geometry/source-mask.ts'
import { workingAreas } from './area/working-area.ts'
import { MovesSchema } from './moves/schema.ts'

const PointSchema = z.strictObject({ x: z.number(), y: z.number() }).meta({
  id: 'Point',
  description:
    'Continuous pixels of the image as displayed (after EXIF orientation), with the origin at the top-left corner. The centre of pixel column i is x = i + 0.5.',
})

const DragSchema = z.strictObject({ handle: PointSchema, target: PointSchema }).meta({
  id: 'Drag',
  description:
    'Moves what is at the handle to the target. If both are equal, the drag is a pin, which holds its place.',
})

/** Drags as they are sent to a worker. */
export const DragsSchema = z.array(DragSchema).min(1).max(MAX_DRAGS)

/** What a request says of what goes where. */
export const dragFields = {
  drags: z.array(DragSchema).max(MAX_DRAGS).default([]).meta({
    description: 'At least one, unless there are moves; beside moves, only pins.',
  }),
  moves: MovesSchema.default([]).meta({
    description:
      'Things that move from box to box. With an object mask, a thing is what of the mask lies in its box; without a mask, the worker finds it there, by SAM if it has one, else by colours. Cannot be combined with an editable mask.',
  }),
}

export const profile = z.enum(['default', 'paper']).default('default').meta({
  description:
    'Defaults for options that the request leaves out. default: our recommendation. paper: as published (view scatter, pixelComposite false, detail model, field inverse-distance; the mask is refined by SAM if a worker has one, and its holes are filled).',
})

/** Options of the geometry. Those that a request leaves out follow its profile. */
export const planFields = {
  scope: z.enum(scopes).optional().meta({
    description:
      'component: each connected part of the mask moves with its own drags. thing: each colour of the mask except black is a thing, which moves with its own drags, even where it touches another; with an editable mask (which is still black and white), or without a mask, the things that are found in the photo are kept apart. global: the whole mask moves with all drags, as in the paper’s equations. Default and paper: component.',
  }),
  power: z.number().gt(0).max(16).optional().meta({
    description:
      'Exponent of the distance when several drags are blended: each has the weight 1 / distance^power. A higher power favours the nearest drag. Default and paper: 2.',
  }),
  strategy: z.enum(['reverse-user', 'forward-source', 'reverse-inferred']).optional().meta({
    description:
      'How a target token finds its source token. reverse-user: along the reversed drags. forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and paper: reverse-user.',
  }),
  view: z.enum(['gather', 'scatter']).optional().meta({
    description:
      'Which reference tokens the target sees at which positions. gather: each target position sees its source token, so stretched things have no gaps. scatter: each reference token moves to one position and gaps remain: only right for pure moves. Default: gather. Paper: scatter.',
  }),
  pre: z.boolean().optional().meta({
    description:
      'Positional re-encoding: dragged reference tokens get the position of their target. Default and paper: true.',
  }),
  preBlocks: z.enum(preBlocks).optional().meta({
    description:
      'Which blocks of the transformer re-encode positions. single: the single-stream blocks. all: the double-stream blocks too, which then see what the single-stream blocks see. Default and paper: single.',
  }),
  oam: z.boolean().optional().meta({
    description:
      'Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and paper: true.',
  }),
  vacated: z.enum(vacatedKeys).optional().meta({
    description:
      'Whether the target sees what was at the places that things leave. drop: never. keep: in all blocks, at its own position. paper: as its equations read, in double-stream blocks, and not in single-stream blocks, unless pre is off or view is scatter. Default and paper: paper.',
  }),
  rim: z.enum(rimKeys).optional().meta({
    description:
      'Whether the target sees the tokens around a moving thing that its mask covers by less than half, up to border tokens away. keep: yes, with the sliver of the thing that they show. clear: no. The paper does not say. Default: keep.',
  }),
  border: z.number().int().min(0).max(8).optional().meta({
    description:
      'How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1. Paper: not given.',
  }),
}

/** Which part of the photo goes to a backbone. */
export const workingArea = z.enum(workingAreas).default('photo').meta({
  description:
    'Which part of the photo goes to the backbone. photo: all of it. region: a crop around what moves and where it lands, so that tokens are smaller pieces of the photo; the plan is that of the crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop needs an object mask and the default profile; otherwise auto means photo, and region is rejected. Default and paper: photo.',
})

/** Options of the geometry, as the edge sends them to the worker. */
export const PlanOptionsSchema = z.strictObject({
  scope: planFields.scope.unwrap(),
  power: planFields.power.unwrap(),
  strategy: planFields.strategy.unwrap(),
  view: planFields.view.unwrap(),
  pre: z.boolean(),
  preBlocks: planFields.preBlocks.unwrap(),
  oam: z.boolean(),
  vacated: planFields.vacated.unwrap(),
  rim: planFields.rim.unwrap(),
  border: planFields.border.unwrap(),
})

/** The fields of a request that decide the options of the geometry. */
type PlanSwitches = {
  readonly profile: z.infer<typeof profile>
} & { readonly [K in keyof typeof planFields]?: z.infer<(typeof planFields)[K]> }

/** The options of the geometry for a request, with the defaults of its profile. */
export function planOptions(settings: PlanSwitches): PlanOptions {
  const base: PlanOptions =
    settings.profile === 'paper' ? { ...defaultPlanOptions, view: 'scatter' } : defaultPlanOptions
  return {
    scope: settings.scope ?? base.scope,
    power: settings.power ?? base.power,
    strategy: settings.strategy ?? base.strategy,
    view: settings.view ?? base.view,
    pre: settings.pre ?? base.pre,
    preBlocks: settings.preBlocks ?? base.preBlocks,
    oam: settings.oam ?? base.oam,
    vacated: settings.vacated ?? base.vacated,
    rim: settings.rim ?? base.rim,
    border: settings.border ?? base.border,
  }
}
