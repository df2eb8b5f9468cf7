/**
 * Guards, taken away one at a time: each of these makes the histories fail, or the guard guards
 * nothing. `node test/edge/objects/mutate.ts` tries them all.
 */

/** A file, the text in it, and what it becomes. */
export type Mutant = {
  readonly file: string
  readonly from: string
  readonly to: string
  /** A second guard, where either of two is enough. */
  readonly also?: { readonly from: string; readonly to: string }
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'settle twice': {
    file: 'edge/objects/account/ledger.ts',
    from: 'if (before !== null) return { settlement: before, fresh: false }',
    to: '',
  },
  'no balance check': {
    file: 'edge/objects/account/ledger.ts',
    from: 'if (price > balance)',
    to: 'if (price > balance + 1000)',
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
    file: 'edge/objects/account/account.ts',
    from: 'const known = once === null ? null : this.#idempotency.find(once)\n        if (known !== null)\n          return { id',
    to: 'const known = null as string | null\n        if (known !== null)\n          return { id',
  },
  'hold outside the transaction': {
    file: 'edge/objects/account/account.ts',
    from: 'this.#ledger.hold(accepted.id, price, accepted.payer)\n        this.#keys.spend(authority, price)',
    to: 'this.#keys.spend(authority, price)\n        void Promise.resolve().then(() => this.#ledger.hold(accepted.id, price, accepted.payer))',
  },
  'no outbox retry': {
    file: 'edge/objects/account/account.ts',
    from: 'for (const edit of this.#edits.dueOutbox()) await this.#handOvers.now(edit)',
    to: '',
  },
  'client token keeps what was released': {
    file: 'edge/objects/account/account.ts',
    from: 'this.#keys.unspend(',
    to: 'if (Date.now() < 0) this.#keys.unspend(',
  },
  'transitions from anywhere': {
    file: 'edge/objects/edit/state.ts',
    from: ') RETURNING status`,',
    to: ') OR 1 RETURNING status`,',
  },
  'an edit begins again': {
    file: 'edge/objects/edit/state.ts',
    from: 'INSERT OR IGNORE INTO edit',
    to: 'INSERT OR REPLACE INTO edit',
  },
  'settled without an acknowledgement': {
    file: 'edge/objects/edit/ending.ts',
    from: 'state.change([status], { wakeAt: Date.now() + SETTLE_AGAIN_MS })',
    to: 'state.change([status], { settled: 1 })',
  },
  'a success on its word alone': {
    file: 'edge/objects/edit/attempts.ts',
    from: "if ('missing' in found) return this.#lost(row, problemOf('worker_failed', found.missing))",
    to: "if ('missing' in found) return this.#finish(row, { key: 'x', width: 1, height: 1, bytes: 1 })",
  },
  'a failure is charged': {
    file: 'edge/objects/edit/attempts.ts',
    from: "if (this.#ending.end(openStatuses, 'failed', 'release', change))",
    to: "if (this.#ending.end(openStatuses, 'failed', 'capture', change))",
  },
  'no deadline': {
    file: 'edge/objects/edit/attempts.ts',
    from: 'if (row.runBy !== null && now >= row.runBy) {',
    to: 'if (now < 0) {',
    // The edit's own, which ends what the run's did not.
    also: { from: 'if (now >= row.accepted.deadline) {', to: 'if (now < 0) {' },
  },
  'an alarm that fails is not set again': {
    file: 'edge/objects/edit/edit.ts',
    from: 'await ctx.storage.setAlarm(Date.now() + RETRY_MS)\n      return',
    to: 'return',
  },
  'deliveries forgotten': {
    file: 'edge/objects/deliveries.ts',
    from: 'else if (result.retryAfter !== null)',
    to: "else if (attempt === 0) this.#sql.exec('DELETE FROM delivery')\n    else if (result.retryAfter !== null)",
  },
}
