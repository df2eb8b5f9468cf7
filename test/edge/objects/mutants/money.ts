/** Guards of money, and of answers that are given once. */

import { mutantsOf } from './mutant.ts'

const ledger = 'objects/account/ledger'
const idempotency = 'objects/account/idempotency'

export const moneyMutants = {
  ...mutantsOf('guards', 'objects/account/money.guards.test.ts', [
    [
      'the balance',
      ledger,
      'price > balance)',
      'price > balance + 1000)',
      'what cannot be paid is rejected before a photo is stored',
    ],
    [
      'the balance before a photo is stored',
      'objects/account/creates/admit',
      'ledger.check(price)\n',
      '',
      'what cannot be paid is rejected before a photo is stored',
    ],
    [
      'the limits before a photo is stored',
      'objects/account/creates/admit',
      'limits.check(authority, price)\n',
      '',
      'what cannot be paid is rejected before a photo is stored',
    ],
    [
      'the balance in the transaction',
      ledger,
      'this.check(price)\n    this.#post',
      'this.#post',
      'the balance covers the edit',
    ],
    [
      'a second settlement',
      ledger,
      'if (before !== null) return { settlement: before, fresh: false }',
      '',
      'an edit is settled once',
    ],
    [
      'what a second settlement gives back',
      'objects/account/targets/settle',
      'if (settled.fresh) {',
      'if (settled.settlement) {',
      'an edit is settled once',
    ],
    [
      'a refund of what was never charged',
      ledger,
      "WHERE edit = ? AND kind = 'capture'\",",
      "WHERE edit = ? AND kind = 'hold'\",",
      'only what was charged is refunded',
    ],
    [
      'a second refund',
      ledger,
      'if (done !== null) {',
      'if (done !== null && done.amount < 0) {',
      'only what was charged is refunded',
    ],
    [
      'the reference of a refund',
      ledger,
      "if (row(this.#sql, 'SELECT seq FROM ledger WHERE reference = ?', reference) !== null)",
      'if (reference === null)',
      'only what was charged is refunded',
    ],
    [
      'a second top-up',
      ledger,
      "'SELECT kind, amount FROM ledger WHERE reference = ?'",
      "'SELECT kind, amount FROM ledger WHERE reference = ? AND 0'",
      'a top-up with a known reference',
    ],
    [
      'a top-up with another amount',
      ledger,
      "known.kind === 'topup' && known.amount === amount",
      "known.kind === 'topup'",
      'a top-up with a known reference',
    ],
    [
      'the end of an Idempotency-Key',
      idempotency,
      'known === null || known.until <= now',
      'known === null',
      'an Idempotency-Key makes one edit',
    ],
    [
      'one Idempotency-Key for two requests',
      idempotency,
      'if (known.fingerprint !== once.fingerprint)',
      'if (known.fingerprint === null)',
      'an Idempotency-Key makes one edit',
    ],
    [
      'the answer under an Idempotency-Key',
      'objects/account/creates/accept',
      'if (once !== null) idempotency.store(once, id)',
      '',
      'an Idempotency-Key makes one edit',
    ],
    [
      'a request that is still running',
      idempotency,
      'known.response === null && known.holder !== once.holder',
      'known.response === null && known.holder === null',
      'of equal requests at the same time',
    ],
    [
      'a lease',
      'objects/account/creates/admit',
      'if (once !== null && lease) {',
      'if (once !== null && lease === null) {',
      'of equal requests at the same time',
    ],
    [
      "another's lease",
      idempotency,
      'AND response IS NULL AND holder = ?',
      'AND response IS NULL AND holder <> ?',
      'a request gives up its own lease only',
    ],
    [
      'a second creation',
      'objects/account/targets/once',
      'if (known !== null) return',
      'if (known === "") return',
      'what is created under an Idempotency-Key',
    ],
    [
      'a hold that nobody settles',
      'objects/account/account',
      'await Promise.all(edits.overdue().map((id) => sweep(this.#account, id)))',
      '',
      'the hold of an edit whose object is lost',
    ],
    [
      'a sweep of an edit that goes on',
      'objects/account/targets/settle',
      'if (status !== null) return\n',
      '',
      'an edit that has ended is settled as it chose',
    ],
  ]),
  'an endpoint that is switched off': {
    file: 'edge/objects/account/endpoints.ts',
    from: 'found === null || found.disabledAt !== null',
    to: 'found === null',
    also: {
      file: 'edge/objects/account/endpoints.ts',
      from: 'one.disabledAt === null && JSON',
      to: 'JSON',
    },
    by: {
      project: 'guards',
      file: 'test/edge/objects/account/money.guards.test.ts',
      test: 'an endpoint that answers 410',
    },
  },
}
