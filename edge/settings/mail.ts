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
  MAIL_URL: z.url().optional(),
}

/** What keeps the mail settings from working, by name. */
export function mailFaults(settings: {
  readonly ENVIRONMENT: string
  readonly MAIL: string
  readonly MAIL_FROM?: string | undefined
  readonly MAIL_API_KEY?: string | undefined
}): (readonly [name: string, message: string])[] {
  const { ENVIRONMENT, MAIL } = settings
  if (MAIL === 'off') return []
  if (MAIL === 'print')
    return ENVIRONMENT === 'dev'
      ? []
      : [['MAIL', 'may be print in development only: sign-in links would be in the log']]
  return (['MAIL_FROM', 'MAIL_API_KEY'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => [name, `is required if MAIL is ${MAIL}`])
}
