/** Mails the owner that auto-recharge was turned off, where a mail provider is configured. */

import { EditError } from '../../../../shared/errors.ts'
import { type Mail, sendMail } from '../../../outbound/mail.ts'
import type { StopReason } from '../../../rpc/account/payments.ts'
import type { AccountContext } from '../context.ts'

const WHY: Record<StopReason, string> = {
  declined: 'the bank declined the card',
  authentication_required: 'the bank wants you to confirm the payment',
  unreachable: 'the payment did not go through within 20 hours',
  pack_gone: 'the pack is no longer sold',
  refunded: 'a payment was refunded',
  disputed: 'a payment was disputed',
}

/** Sends the mail that is due. A provider that does not take it is asked again later. */
export async function tellOwner({ settings, payer }: AccountContext): Promise<void> {
  const due = settings.MAIL === 'off' ? null : payer.beginMail()
  if (due === null) return
  try {
    await sendMail(settings, mailTo(due.email, due.reason, settings.PUBLIC_ORIGIN))
    payer.mailed()
  } catch (error) {
    // It is in the log.
    if (!(error instanceof EditError)) throw error
  }
}

function mailTo(to: string, reason: StopReason, origin: string): Mail {
  const text = `Auto-recharge of your ContextDrag account was turned off: ${WHY[reason]}.

Your edits go on as long as the balance covers them. Top up, or turn auto-recharge on again, in the
console:

${origin}/console/
`
  return { to, subject: 'Auto-recharge was turned off', text }
}
