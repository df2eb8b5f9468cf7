/** Guards of how long an edit is kept. */

import { mutantsOf } from './mutant.ts'

const ending = 'objects/edit/ending'
const edit = 'objects/edit/edit'

export const retentionMutants = mutantsOf('guards', 'objects/edit/retention.guards.test.ts', [
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
    'if (this.#selfRemovalAt(ended) <= Date.now()) await this.remove(ended)',
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
