/** `contextdrag plan`: prints or draws the geometry of an edit. Runs no backbone. */

import type { Command } from 'commander'
import { planPicture } from '../../gpu-worker/photo/plan-picture.ts'
import { resolveWork } from '../../gpu-worker/resolve-work.ts'
import { fullSizeBackbone } from '../../shared/backbones.ts'
import type { Size } from '../../shared/drag.ts'
import { readAffects } from '../../shared/edit/area/affects.ts'
import { CreatePlan } from '../../shared/edit/bodies.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { type WithModel, withModel } from '../../shared/edit/settings.ts'
import { editableWork, NOT_FINAL, planRequest } from '../../shared/edit/work.ts'
import { addPlanOptions, type PlanArguments, planFields } from '../arguments.ts'
import { prepareOutput, readAffectsFile, readMask, readPhoto, writeOutput } from '../files.ts'

export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .argument('<image>', 'the photo')
    .description('Print which tokens move where, as JSON.')
  addPlanOptions(command, fullSizeBackbone)
    .option('--picture <file>', 'also draw the plan over the photo (PNG)')
    .action(plan)
}

async function plan(path: string, args: PlanArguments & { picture?: string }): Promise<void> {
  const { bytes, header } = await readPhoto(path)
  const image = { width: header.width, height: header.height }
  const parsed = parseRequest(CreatePlan, { image, ...planFields(args) })
  const request = withModel(parsed, fullSizeBackbone)
  const mask = args.mask === undefined ? null : await readMask(args.mask)
  const png = await readAffectsFile(args.affects)
  const affects = png && (await readAffects(image, png))
  if (args.picture !== undefined) await prepareOutput(args.picture, '/picture')
  const { workingSize, area, plan, warnings } =
    args.maskKind === 'object'
      ? await planRequest(image, request, mask, affects)
      : await planInPhoto(bytes, image, request, mask)
  if (args.picture !== undefined) {
    const picture = await planPicture(bytes, image, request.drags, plan, area)
    await writeOutput(args.picture, '/picture', picture, 'image/png')
  }
  const { grid, sourceMask, targets, sources, view, editRegion } = plan
  process.stdout.write(
    `${JSON.stringify({ workingSize, area, grid, sourceMask, targets, sources, view, editRegion, warnings })}\n`,
  )
}

/** With an editable mask, the plan depends on the photo. */
async function planInPhoto(
  photo: Uint8Array,
  image: Size,
  request: WithModel<CreatePlan>,
  mask: Uint8Array | null,
) {
  const { workingSize, grid, work } = await editableWork(image, request, mask)
  const { signal } = new AbortController()
  const asked = { photo, photoSize: image, grid, work, sam: null, signal }
  const { plan, found } = await resolveWork(asked)
  return { workingSize, area: undefined, plan, warnings: [NOT_FINAL, ...(found?.warnings ?? [])] }
}
