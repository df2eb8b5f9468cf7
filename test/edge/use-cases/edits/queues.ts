/** How queues may stand, and an edit that asks to be admitted. */

import { lanes, type ProviderStatus } from '../../../../edge/rpc/provider.ts'
import { type Admitting, admitted } from '../../../../edge/use-cases/edits/admission/admission.ts'
import { type Newcomer, Newcomers } from '../../../../edge/use-cases/edits/admission/newcomers.ts'

export const NOW = 1_000_000
export const empty = { waiting: 0, accounts: 0, taken: 0 }
export const busy = (change: Partial<ProviderStatus> = {}): ProviderStatus => ({
  slots: 1,
  lanes: [{ ...empty, taken: 1 }, empty, empty],
  secondsPerRun: 4,
  secondsPerTestRun: 4,
  taken: 1,
  waiting: 0,
  openUntil: null,
  failing: false,
  ...change,
})
/** So many edits of so many accounts wait in the first lane. */
export const crowd = (waiting: number, accounts: number) =>
  busy({ lanes: [{ waiting, accounts, taken: 1 }, empty, empty] })

export const admitting = (...statuses: (ProviderStatus | null)[]): Admitting => ({
  queues: async () =>
    statuses.map(
      (status) => status && { status, models: ['embedded-fast'], parts: 1, askedAt: NOW },
    ),
  newcomers: new Newcomers(),
  dispatchSeconds: 60,
  maxQueue: { live: 100, test: 10 },
})
export const newcomer = { account: 'a', model: 'embedded-fast', lane: lanes.key, open: 0 } as const
export const accepted = { outcome: 'accepted' } as const
/** An edit that is created at once where it is admitted. */
export const enter = (who: Newcomer, by: Admitting) =>
  admitted(
    who,
    by,
    () => NOW,
    async () => accepted,
  )
