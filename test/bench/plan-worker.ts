/**
 * The plan benchmark inside workerd: `?drags=N&batch=K` makes K plans. Timed from outside, since
 * workerd's clock stands still.
 */

import { planDrags } from '../../shared/geometry/plan.ts'
import { grid, halfMask, image, spreadDrags } from './plan-case.ts'

export default {
  fetch(request: Request): Response {
    const { searchParams } = new URL(request.url)
    const drags = spreadDrags(Number(searchParams.get('drags')))
    let targets = 0
    for (let i = 0; i < Number(searchParams.get('batch')); i++)
      targets += planDrags(image, grid, drags, halfMask).targets.length
    return Response.json({ targets })
  },
}
