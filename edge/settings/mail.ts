/** How the console's links are mailed. Without a mail provider, the console is off. */

import { z } from 'zod'

export const mailProviders = ['resend', 'postmark'] as const

export const mailSettings = {
  /** `print` logs every mail instead of sending it: in development only. */
  MAIL: z.enum(['off', 'print', ...mailProviders]).default('off'),
  /** The sender, such as `ContextDrag <hello@example.com>`; the provider has to know its domain. */
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]+$/)
    .max(300)
    .optional(),
  MAIL_API_KEY: z.string().min(8).optional(),
  /** In place of the provider's own address: for another region, or another service with its form. */
  MAIL_URL: z.url({ protocol: /^https?$/ }).optional(),
}

const PLAIN = {
  MAIL_URL: 'must be https outside development: sign-in links and MAIL_API_KEY go there',
  PUBLIC_ORIGIN: 'must be https outside development if MAIL is set: the console has cookies',
}

/** What keeps the mail settings from working, by name. */
export function mailFaults(settings: {
  readonly ENVIRONMENT: string
  readonly MAIL: string
  readonly MAIL_FROM?: string | undefined
  readonly MAIL_API_KEY?: string | undefined
  readonly MAIL_URL?: string | undefined
  readonly PUBLIC_ORIGIN: string
}): (readonly [name: string, message: string])[] {
  const { ENVIRONMENT, MAIL } = settings
  if (MAIL === 'off') return []
  if (MAIL === 'print')
    return ENVIRONMENT === 'dev'
      ? []
      : [['MAIL', 'may be print in development only: sign-in links would be in the log']]
  const missing = (['MAIL_FROM', 'MAIL_API_KEY'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => [name, `is required if MAIL is ${MAIL}`] as const)
  if (ENVIRONMENT === 'dev') return missing
  const plain = (['MAIL_URL', 'PUBLIC_ORIGIN'] as const)
    .filter((name) => settings[name]?.startsWith('http:'))
    .map((name) => [name, PLAIN[name]] as const)
  return [...missing, ...plain]
}
