/**
 * Guards whose absence only shows when something is lost, dies or happens at the same time: the
 * random histories must find it.
 */

import { halfABatch } from './batches.ts'
import type { Mutant, Mutants } from './mutant.ts'

/** Both halves of the histories. */
const by = { project: 'property', file: 'test/edge/objects/mo', test: '' }

const guards: Readonly<Record<string, Omit<Mutant, 'by'>>> = {
  'settle twice': {
    file: 'edge/objects/account/ledger.ts',
    from: 'if (before !== null) return { settlement: before, fresh: false }',
    to: '',
  },
  'no balance check': {
    file: 'edge/objects/account/ledger.ts',
    from: 'price > balance)',
    to: 'price > balance + 1000)',
  },
  'refund of what was never charged': {
    file: 'edge/objects/account/ledger.ts',
    from: "WHERE edit = ? AND kind = 'capture'\",",
    to: "WHERE edit = ? AND kind = 'hold'\",",
  },
  'top up twice': {
    file: 'edge/objects/account/ledger.ts',
    from: "'SELECT kind, amount FROM ledger WHERE reference = ?'",
    to: "'SELECT kind, amount FROM ledger WHERE reference = ? AND 0'",
  },
  'balance row forgotten on release': {
    file: 'edge/objects/account/ledger.ts',
    from: "const amount = settlement === 'release' ? hold.price : 0",
    to: 'const amount = 0',
  },
  'no idempotency': {
    file: 'edge/objects/account/creates/accept.ts',
    from: 'const known = once === null ? null : idempotency.find(once)',
    to: 'const known = null as string | null',
  },
  'hold outside the transaction': {
    file: 'edge/objects/account/creates/accept.ts',
    from: 'ledger.hold(id, price, payer, accepted.model)\n  limits.spend(authority, price)',
    to: 'limits.spend(authority, price)\n  void Promise.resolve().then(() => ledger.hold(id, price, payer, accepted.model)).catch(() => {})',
  },
  'half a batch': halfABatch,
  'no outbox retry': {
    file: 'edge/objects/account/account.ts',
    from: 'await handOvers.due()',
    to: '',
  },
  'client token keeps what was released': {
    file: 'edge/objects/account/targets/settle.ts',
    from: 'limits.unspend(',
    to: 'if (Date.now() < 0) limits.unspend(',
  },
  'transitions from anywhere': {
    file: 'edge/objects/edit/store.ts',
    from: ') RETURNING status`,',
    to: ') OR 1 RETURNING status`,',
  },
  'settled without an acknowledgement': {
    file: 'edge/objects/edit/ending.ts',
    from: 'store.change([status], { wakeAt: Date.now() + SETTLE_AGAIN_MS })',
    to: 'store.change([status], { settled: 1 })',
  },
  'a success on its word alone': {
    file: 'edge/objects/edit/attempt/losses.ts',
    from: "if ('missing' in found) {",
    to: "if ('missing' in found) return succeed(context, edit, { key: 'x', width: 1, height: 1, bytes: 1 })\n  if ('missing' in found) {",
  },
  'a failure is charged': {
    file: 'edge/objects/edit/attempt/finish.ts',
    from: "if (endEdit(context, openStatuses, 'failed', 'release', change))",
    to: "if (endEdit(context, openStatuses, 'failed', 'capture', change))",
  },
  'an alarm that fails is not set again': {
    file: 'edge/objects/edit/edit.ts',
    from: 'await ctx.storage.setAlarm(Date.now() + RETRY_MS * (1 + Math.random()))\n      return',
    to: 'return',
  },
  'a deletion that the bucket has not done': {
    file: 'edge/objects/edit/ending.ts',
    from: 'await this.#purgeIfDue()',
    to: '',
  },
  'deliveries forgotten': {
    file: 'edge/objects/deliveries.ts',
    from: 'else if (result.retryAfter !== null)',
    to: "else if (attempt === 0) this.#sql.exec('DELETE FROM delivery')\n    else if (result.retryAfter !== null)",
  },
}

export const historyMutants: Mutants = Object.fromEntries(
  Object.entries(guards).map(([name, guard]) => [name, { ...guard, by }]),
)
