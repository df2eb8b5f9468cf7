/** Guards of how long an edit is kept. */

import { type Mutants, mutantsOf } from './mutant.ts'

const ending = 'objects/edit/ending'
const edit = 'objects/edit/edit'

const purges = mutantsOf('guards', 'objects/edit/purge.guards.test.ts', [
  [
    'deletion after the bucket has failed',
    ending,
    'await this.#purgeIfDue()',
    '',
    'an edit that deletes itself is purged again',
  ],
  [
    'the alarm of a deletion that the bucket has not done',
    ending,
    'Math.min(this.#selfRemovalAt(edit), this.#purgeAt(edit))',
    'this.#selfRemovalAt(edit)',
    'an edit that deletes itself is purged again',
  ],
  [
    'a DELETE that is repeated',
    'use-cases/edits/change-edit',
    "error.code === 'gone' && (await tenant.edit(id).purge())",
    "error.code === 'gone' && id === ''",
    'so is one that was deleted',
  ],
  [
    'the pause before the bucket is asked again',
    ending,
    'store.change([edit.status], { wakeAt: Date.now() + PURGE_AGAIN_MS })',
    '',
    'a bucket that fails holds up neither',
  ],
  [
    'deletion after the last worker',
    ending,
    'edit.purgedAt < last ? Math.max(last, edit.wakeAt) : Number.POSITIVE_INFINITY',
    'Number.POSITIVE_INFINITY',
    'a late result goes too',
  ],
])

const kept = mutantsOf('guards', 'objects/edit/retention.guards.test.ts', [
  [
    'the time after which an edit deletes itself',
    'objects/edit/end',
    'retention === undefined ? null : now + retentionMs(retention)',
    'null',
    'an edit deletes itself when its time is over',
  ],
  [
    'the alarm of an edit that deletes itself',
    ending,
    '?? this.#removeAt(edit), events, removal)',
    '?? this.#removeAt(edit), events)',
    'an edit deletes itself when its time is over',
  ],
  [
    'what an edit deletes of itself',
    ending,
    'if (this.#selfRemovalAt(ended) <= Date.now()) this.#markDeleted(ended)',
    '',
    'nothing is kept of one with none',
  ],
  [
    'a result that was sent',
    edit,
    'this.#context.store.change([edit.status], { removeBy })',
    '',
    'one with none stays for another try',
  ],
  [
    'a result that was sent before',
    edit,
    'Math.min(edit.removeBy, Date.now() + FETCHED_MS)',
    'Date.now() + FETCHED_MS',
    'one with none stays for another try',
  ],
  [
    'a result of an edit that is to be kept',
    edit,
    "if (edit.accepted.summary.retention !== 'none') return",
    '',
    'a fetch ends no other edit',
  ],
  [
    'deletion before the account is asked',
    ending,
    'if (!edit.settled) return Math.min(edit.wakeAt, removal)',
    'if (!edit.settled) return edit.wakeAt + 7_200_000',
    'an account that cannot be reached',
  ],
  [
    'a retention beyond what the operator keeps',
    'use-cases/edits/accept-edit',
    'retentionMs(retention) > retentionDays * DAY_MS',
    'retentionMs(retention) < 0',
    'nobody is promised more',
  ],
])

export const retentionMutants: Mutants = { ...kept, ...purges }
