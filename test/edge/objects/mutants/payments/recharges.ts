/** Guards of auto-recharge that goes on after it was held back, and does not go too far. */

import { type Mutants, mutantsOf } from '../mutant.ts'

const recharge = 'objects/account/payments/recharge'
const target = 'objects/account/targets/payments'
const batches = 'objects/account/creates/accept-batch'

const unheard = 'a decline of which nobody heard ends the recharge'
const month = 'a new month recharges what the last one held back'
const lack = 'a create that the balance does not cover begins the recharge'
const closed = 'an account that is closed begins no payment'

export const rechargeMutants: Mutants = mutantsOf(
  'guards',
  'objects/account/payments/recharge.guards.test.ts',
  [
    [
      'a decline whose answer was lost',
      recharge,
      "if (status === 'succeeded' || status === 'processing')",
      "if (status !== 'canceled')",
      unheard,
    ],
    [
      'a decline of the card before',
      recharge,
      'if (error instanceof StripeIdempotencyError)',
      "if (id === '')",
      unheard,
    ],
    [
      'a charge that is under way',
      recharge,
      "if (status === 'succeeded' || status === 'processing')",
      "if (status === 'succeeded')",
      'a charge that is under way',
    ],
    [
      'a charge that is not settled',
      recharge,
      'found.refused ?? (late ? status : null)',
      'found.refused ?? status',
      'a charge that is not settled yet',
    ],
    [
      'a charge that is never settled',
      recharge,
      'found.refused ?? (late ? status : null)',
      'found.refused',
      'a charge that is not settled yet',
    ],
    [
      'the start of a month',
      'objects/account/context',
      '    nextRechargeAt(settings.billing, { payer, payments, ledger }),\n',
      '',
      month,
    ],
    [
      'what a new month recharges',
      'objects/account/payments/follow',
      '  ctx.storage.transactionSync(() => considerRecharge(account))\n',
      '',
      month,
    ],
    ...(['admit', 'accept'] as const).map(
      (file) =>
        [
          `a recharge after a create was rejected: ${file}`,
          `objects/account/creates/${file}`,
          '  rechargeAfter(account, outcome)\n',
          '',
          lack,
        ] as const,
    ),
    [
      'a recharge after a batch was rejected',
      batches,
      '  rechargeAfter(account, outcome)\n  return outcome\n',
      '  return outcome\n',
      lack,
    ],
    [
      'a recharge after a batch was rejected late',
      batches,
      "  rechargeAfter(account, outcome)\n  faultPoint('account.accepted', ctx)\n",
      "  faultPoint('account.accepted', ctx)\n",
      lack,
    ],
    [
      'a page for an account that is closed',
      target,
      "    if ('rejection' in open) return open\n",
      '',
      closed,
    ],
    [
      'auto-recharge of an account that is closed',
      target,
      '          profile.checkOpen()\n',
      '',
      closed,
    ],
    [
      'a recharge of an account that is closed',
      recharge,
      ' || profile.closed',
      '',
      'an account that is closed is not recharged',
    ],
    [
      'auto-recharge below zero',
      target,
      'if (balance < 0)',
      'if (balance < Number.MIN_SAFE_INTEGER)',
      'below zero, auto-recharge is not turned on',
    ],
  ],
)
