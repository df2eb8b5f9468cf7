/** The drags of a request and the switches of its geometry, as schemas. */

import { z } from 'zod'
import { MAX_DRAGS } from '../drag.ts'
import { defaultPlanOptions, type PlanOptions } from '../geometry/plan.ts'

const PointSchema = z.strictObject({ x: z.number(), y: z.number() }).meta({
  id: 'Point',
  description:
    'Continuous pixels of the image as displayed, origin at the top-left corner; a click on column i is x = i + 0.5.',
})

const DragSchema = z.strictObject({ handle: PointSchema, target: PointSchema }).meta({
  id: 'Drag',
  description:
    'Take what is at the handle and put it at the target. Equal points make a pin, which holds its place.',
})

/** Drags on the wire. */
export const DragsSchema = z.array(DragSchema).min(1).max(MAX_DRAGS)
export const profile = z.enum(['default', 'paper']).default('default').meta({
  description:
    'Sets the switches that a request leaves out. default: what we believe best. paper: as published (scope global, view scatter, no pixel composite).',
})

/** The switches of the geometry; what is left out follows the profile. */
export const planFields = {
  scope: z.enum(['component', 'global']).optional().meta({
    description:
      'component: each connected part of the mask moves with its own drags. global: all parts move together with all drags. Default: component. Paper: global.',
  }),
  power: z.number().gt(0).max(16).optional().meta({
    description:
      'Where several drags meet, each weighs 1 / distance^power; a higher power lets the nearest one decide. Default and paper: 2.',
  }),
  strategy: z.enum(['reverse-user', 'forward-source', 'reverse-inferred']).optional().meta({
    description:
      'How each place of the target finds where its content comes from. reverse-user: by the reversed drags. forward-source and reverse-inferred: baselines that the paper compares with. Default and paper: reverse-user.',
  }),
  view: z.enum(['gather', 'scatter']).optional().meta({
    description:
      'Which reference tokens the target sees at new positions. gather: each target position gets the token it takes its content from, so that stretched things have no gaps. scatter: each reference token moves to one position, and gaps stay; right for pure moves only. Default: gather. Paper: scatter.',
  }),
  pre: z.boolean().optional().meta({
    description:
      'Positional re-encoding: dragged reference tokens carry the position of their target. Default and paper: true.',
  }),
  oam: z.boolean().optional().meta({
    description:
      'Overlap-aware mask: hides the reference tokens that something else is dragged onto. Default and paper: true.',
  }),
}

/** The geometry's switches on the wire. */
export const PlanOptionsSchema = z.strictObject({
  scope: planFields.scope.unwrap(),
  power: planFields.power.unwrap(),
  strategy: planFields.strategy.unwrap(),
  view: planFields.view.unwrap(),
  pre: z.boolean(),
  oam: z.boolean(),
})

/** The part of a request that switches the geometry. */
type PlanSwitches = {
  readonly profile: z.infer<typeof profile>
} & { readonly [K in keyof typeof planFields]?: z.infer<(typeof planFields)[K]> }

/** The geometry's switches of a request, after its profile. */
export function planOptions(settings: PlanSwitches): PlanOptions {
  const base: PlanOptions =
    settings.profile === 'paper'
      ? { ...defaultPlanOptions, scope: 'global', view: 'scatter' }
      : defaultPlanOptions
  return {
    scope: settings.scope ?? base.scope,
    power: settings.power ?? base.power,
    strategy: settings.strategy ?? base.strategy,
    view: settings.view ?? base.view,
    pre: settings.pre ?? base.pre,
    oam: settings.oam ?? base.oam,
  }
}
