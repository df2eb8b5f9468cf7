/** Browsers that sign in to the console, and the mail service that its links go through. */

import { expect } from 'vitest'
import { call, settings } from '../app.ts'

const ORIGIN = 'https://api.example.com'
export const MAIL_API_KEY = 're_test_key'
export const MAIL_FROM = 'ContextDrag <hello@contextdrag.example>'

export type Mail = { readonly to: string; readonly subject: string; readonly text: string }

/**
 * Resend as its reference describes it (resend.com/docs/api-reference/emails/send-email): rejects what
 * the reference does not list.
 */
export class MailService {
  readonly mails: Mail[] = []
  /** Answers with this in place of taking the mail. */
  fault: Response | null = null

  async answer(request: Request): Promise<Response> {
    expect(`${request.method} ${request.url}`).toBe('POST https://api.resend.com/emails')
    if (request.headers.get('authorization') !== `Bearer ${MAIL_API_KEY}`)
      return Response.json({ statusCode: 401, name: 'missing_api_key' }, { status: 401 })
    if (this.fault !== null) return this.fault
    const body = (await request.json()) as Record<string, unknown>
    const { from, to, subject, text, ...others } = body
    const isValid =
      from === MAIL_FROM &&
      Array.isArray(to) &&
      to.length === 1 &&
      typeof subject === 'string' &&
      typeof text === 'string' &&
      Object.keys(others).length === 0
    if (!isValid) return Response.json({ name: 'validation_error' }, { status: 422 })
    this.mails.push({ to: String(to), subject, text })
    return Response.json({ id: crypto.randomUUID() })
  }

  /** The token of the last mail to an address. */
  tokenTo(address: string): string {
    const mail = this.mails.filter(({ to }) => to === address).at(-1)
    const token = /\/console\/#sign-in=(\S+)/.exec(mail?.text ?? '')?.[1]
    if (token === undefined) throw new Error(`no link was mailed to ${address}`)
    return token
  }
}

/** Turns the console on. */
export function useMail(): void {
  Object.assign(settings(), { MAIL: 'resend', MAIL_FROM, MAIL_API_KEY })
}

/** A browser on our pages, with cookies and a network of its own. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly network =
    `2001:db8:${[0, 0].map(() => Math.floor(65536 * Math.random()).toString(16)).join(':')}::1`

  /** @param headers replace those that a browser sends from our page; undefined leaves one out */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Response> {
    const sent: Record<string, string | undefined> = {
      'cf-connecting-ip': this.network,
      'sec-fetch-site': 'same-origin',
      'user-agent': 'A browser',
      cookie: [...this.cookies].map((pair) => pair.join('=')).join('; '),
      ...(method !== 'GET' && { origin: ORIGIN }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    const given = Object.entries(sent).filter(([, value]) => value !== undefined && value !== '')
    const response = await call(path, {
      method,
      headers: Object.fromEntries(given) as Record<string, string>,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  get(path: string): Promise<Response> {
    return this.request('GET', `/console/api${path}`)
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.request('POST', `/console/api${path}`, body, {
      'idempotency-key': crypto.randomUUID(),
    })
  }

  delete(path: string): Promise<Response> {
    return this.request('DELETE', `/console/api${path}`)
  }

  ask(email: string, more: object = {}): Promise<Response> {
    return this.request('POST', '/console/sign-in', { email, ...more })
  }

  open(token: string): Promise<Response> {
    return this.request('POST', '/console/sign-in/open', { token })
  }

  /** Signs in as somebody does who gets the mail. */
  async signIn(email: string, mail: MailService): Promise<void> {
    expect((await this.ask(email)).status).toBe(202)
    expect((await this.open(mail.tokenTo(email.toLowerCase()))).status).toBe(204)
  }

  /** As a browser keeps it: a `__Host-` cookie has to be secure, of this host and of every path. */
  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const words = attributes.map((word) => word.toLowerCase())
    expect(name).toMatch(/^__Host-/)
    expect(words).toEqual(expect.arrayContaining(['secure', 'httponly', 'samesite=lax', 'path=/']))
    expect(words.filter((word) => word.startsWith('domain'))).toEqual([])
    if (words.includes('max-age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
