/** `contextdrag plan`: the geometry of an edit, as JSON or as a picture. Runs no model. */

import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { planPicture } from '../../gpu-worker/photo/plan-picture.ts'
import { fullSizeBackbone } from '../../shared/backbones.ts'
import { CreatePlan, parseRequest } from '../../shared/edit.ts'
import {
  addPlanOptions,
  type PlanArguments,
  planFields,
  planPhoto,
  readMask,
  readPhoto,
} from '../arguments.ts'

export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .argument('<image>', 'the photo')
    .description('Print which tokens move where.')
  addPlanOptions(command, fullSizeBackbone)
    .option('--picture <file>', 'also draw the plan over the photo (PNG)')
    .action(plan)
}

async function plan(path: string, args: PlanArguments & { picture?: string }): Promise<void> {
  const { bytes, header } = await readPhoto(path)
  const image = { width: header.width, height: header.height }
  const request = parseRequest(CreatePlan, { image, ...planFields(args) })
  const { workingSize, plan } = await planPhoto(
    bytes,
    image,
    request,
    await readMask(args.mask),
    args.maskKind,
  )
  if (args.picture !== undefined)
    await writeFile(args.picture, await planPicture(bytes, image, request.drags, plan))
  const { grid, sourceMask, targets, sources, view, editRegion } = plan
  process.stdout.write(
    `${JSON.stringify({ workingSize, grid, sourceMask, targets, sources, view, editRegion })}\n`,
  )
}
