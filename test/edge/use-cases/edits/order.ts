/** An edit's order that is accepted, and services for it, none of which uses HTTP. */

import { newBudgets } from '../../../../edge/memory/budgets.ts'
import type { AcceptServices, EditOrder } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { Newcomers } from '../../../../edge/use-cases/edits/admission/newcomers.ts'
import { Standings } from '../../../../edge/use-cases/edits/admission/standings.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { greyPng, rectangleMask } from '../../../fixtures/png.ts'
import { bindings } from '../../app.ts'

/** An edit costs this much with {@link services}: a base, and nothing for steps. */
export const PRICE = 700

/** Moves a square of a grey photo to the right. */
export async function order(change: Partial<EditOrder> = {}): Promise<EditOrder> {
  const fields = {
    drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
    model: 'embedded-fast',
    metadata: { shelf: '7' },
  }
  return {
    fields,
    settings: EditSettings.parse(fields),
    image: await greyPng(128, 96, (x) => x),
    mask: await rectangleMask(128, 96, 16, 16, 64, 64),
    affects: null,
    request: { key: crypto.randomUUID(), scope: 'test', holder: crypto.randomUUID() },
    cancelAfter: null,
    release: () => {},
    ...change,
  }
}

export function services(change: Partial<AcceptServices> = {}): AcceptServices {
  return {
    bucket: bindings.BUCKET,
    fetchImage: (url) => Promise.reject(new Error(`no test fetches ${url}`)),
    pricing: {
      list: { 'embedded-fast': { base: PRICE, perStepMegapixel: 0 } },
      version: 'v7',
      testPasses: 16,
    },
    served: ['embedded-fast'],
    refined: [],
    retentionDays: 7,
    attemptSeconds: 60,
    admitting: {
      queues: async () => [],
      newcomers: new Newcomers(),
      dispatchSeconds: 60,
      maxQueue: { live: 10, test: 10 },
    },
    standings: new Standings(),
    moderate: null,
    budgets: newBudgets(10),
    clock: Date.now,
    ...change,
  }
}
