/** Guards of edits that one request makes: all or none. */

import { type Mutant, type Mutants, mutantsOf } from './mutant.ts'

const accept = 'use-cases/edits/accept-batch'
const account = 'objects/account/creates/accept-batch'

/** A batch that is posted edit by edit, as far as the money goes. */
export const halfABatch: Omit<Mutant, 'by'> = {
  file: `edge/${account}.ts`,
  from: 'ctx.storage.transactionSync(() => {',
  to: '((work: () => void) => work())(() => {',
  also: {
    file: `edge/${account}.ts`,
    from: 'checkMoney(\n        account,',
    to: '((..._: unknown[]) => {})(\n        account,',
  },
}

const mutants = mutantsOf('guards', 'use-cases/edits/batch.guards.test.ts', [
  [
    'the balance for a whole batch',
    account,
    'ledger.check(sum, index + 1)',
    'ledger.check(price, index + 1)',
    'a batch that the balance does not cover',
  ],
  [
    'which edit of a batch is too many',
    account,
    "error instanceof EditError && pointer !== '' ? error.within(pointer) : error",
    'error',
    'a batch that the balance does not cover',
  ],
  [
    'the photos of a batch that no longer fits',
    accept,
    "if (!('value' in outcome)) await forget(made, services)",
    '',
    'a batch that no longer fits',
  ],
  [
    'the key of a batch, when it is ready',
    account,
    'const authority = authorityOf(account, credential)\n    const ids',
    'const authority = { key: credential.id, client: null } as ReturnType<typeof authorityOf>\n    const ids',
    'a key that is revoked while a batch is prepared',
  ],
  [
    'the rate of a batch',
    account,
    'settings.RATE_PER_MINUTE, wanted.length',
    'settings.RATE_PER_MINUTE, 1',
    'each edit of a batch counts against the rate',
  ],
  [
    'the edits of a client token, for a batch',
    'objects/account/keys/limits',
    'client.edits < edits',
    'client.edits < 1',
    'each edit of a batch counts against the edits',
  ],
  [
    'what a key may spend on a batch',
    account,
    'limits.check(authority, sum, index + 1)',
    'limits.check(authority, price, index + 1)',
    'each edit of a batch counts against the edits',
  ],
  [
    'open edits since a batch',
    account,
    'for (const { accepted } of wanted) edits.opened(accepted)',
    '',
    'a batch opens no more edits',
  ],
  [
    'a place in the queue for each edit of a batch',
    'use-cases/edits/admission/admission',
    'for (const { entry, pointer } of entries)\n',
    'for (const { entry, pointer } of entries.slice(0, 1))\n',
    'a batch has no edit for which the queue',
  ],
  [
    'the photos of a batch with a fault',
    accept,
    'await forget(made, services)\n      throw',
    'throw',
    'an edit that cannot be made is named',
  ],
  [
    'the lease of a batch that failed',
    accept,
    'if (once !== null) await account.edits().releaseLease(once)',
    '',
    'an edit that cannot be made is named',
  ],
  [
    'the answer of a batch',
    account,
    'if (once !== null) idempotency.store(once, ids.join(BETWEEN_IDS))',
    '',
    'a batch that is sent again',
  ],
  [
    'one batch of two that got in',
    account,
    'if (known !== null)\n      return { ids',
    'if (known === "")\n      return { ids',
    'of equal batches at the same time',
  ],
  [
    'the lease of a batch',
    account,
    'idempotency.lease(once)',
    '',
    'of equal batches at the same time',
  ],
  [
    'the photos of an equal batch',
    accept,
    'if (replayed) {\n    await forget(made, services)',
    'if (replayed) {',
    'of equal batches at the same time',
  ],
  [
    'a photo for each candidate',
    'use-cases/photos/photo',
    'Array.from({ length: copies }, () => inputKey(account))',
    'Array(copies).fill(inputKey(account))',
    'candidates differ in their seeds alone',
  ],
  [
    'a seed for each candidate',
    accept,
    'if (seed === undefined) return randomSeed()',
    'if (seed === undefined) return sampler.seed',
    'candidates without a seed',
  ],
  [
    'maxCost for all candidates',
    'use-cases/edits/accept-edit',
    'const cost = copies * price.amount',
    'const cost = price.amount',
    'maxCost is for all candidates',
  ],
])

export const batchMutants: Mutants = {
  ...mutants,
  'a batch as a whole': {
    ...halfABatch,
    by: {
      project: 'guards',
      file: 'test/edge/use-cases/edits/batch.guards.test.ts',
      test: 'a batch that no longer fits',
    },
  },
}
