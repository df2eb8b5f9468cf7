/** Mails, through a provider's HTTP API. Knows what neither the provider nor the mail is for. */

import { z } from 'zod'
import { EditError } from '../../shared/errors.ts'
import type { mailProviders } from '../settings/mail.ts'
import type { Settings } from '../settings/settings.ts'

/** A mail of plain text to one address. */
export type Mail = { readonly to: string; readonly subject: string; readonly text: string }

type Provider = {
  readonly url: string
  headers(apiKey: string): Record<string, string>
  body(mail: Mail, from: string): object
  /** What the provider says where it took the mail. */
  readonly taken: z.ZodType
}

const PROVIDERS: Record<(typeof mailProviders)[number], Provider> = {
  // resend.com/docs/api-reference/emails/send-email
  resend: {
    url: 'https://api.resend.com/emails',
    headers: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
    body: ({ to, subject, text }, from) => ({ from, to: [to], subject, text }),
    taken: z.object({ id: z.string() }),
  },
  // postmarkapp.com/developer/api/email-api. Links are not tracked: nobody else may open one.
  postmark: {
    url: 'https://api.postmarkapp.com/email',
    headers: (apiKey) => ({ 'x-postmark-server-token': apiKey }),
    body: ({ to, subject, text }, from) => ({
      From: from,
      To: to,
      Subject: subject,
      TextBody: text,
      TrackOpens: false,
      TrackLinks: 'None',
      MessageStream: 'outbound',
    }),
    taken: z.object({ ErrorCode: z.literal(0), MessageID: z.string() }),
  },
}

const TIMEOUT_MS = 10_000

/** Sends a mail; in development it may be printed. @throws EditError `mail_unavailable` */
export async function sendMail(settings: Settings, mail: Mail): Promise<void> {
  const { MAIL, MAIL_FROM = '', MAIL_API_KEY = '', MAIL_URL } = settings
  if (MAIL === 'off') throw new Error('no mail provider is configured')
  if (MAIL === 'print') {
    console.log(`Mail to ${mail.to}: ${mail.subject}\n${mail.text}`)
    return
  }
  const provider = PROVIDERS[MAIL]
  try {
    const response = await fetch(MAIL_URL ?? provider.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...provider.headers(MAIL_API_KEY),
      },
      body: JSON.stringify(provider.body(mail, MAIL_FROM)),
    })
    if (!response.ok) throw new Error(`${MAIL} returned ${response.status}`)
    provider.taken.parse(await response.json())
  } catch (error) {
    // Without the answer's text, which may quote the address.
    const reason = error instanceof z.ZodError ? `${MAIL} did not take the mail` : String(error)
    console.error(JSON.stringify({ message: 'a mail was not sent', error: reason }))
    throw new EditError('mail_unavailable', 'the mail could not be sent; try again', {
      retryAfter: 30,
    })
  }
}
