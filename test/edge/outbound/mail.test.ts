/** Mails through both providers, as their references describe them. */

import { afterEach, expect, test, vi } from 'vitest'
import { sendMail } from '../../../edge/outbound/mail.ts'
import type { Settings } from '../../../edge/settings/settings.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const MAIL_FROM = 'ContextDrag <hello@example.com>'
const mail = { to: 'someone@example.org', subject: 'Sign in', text: 'https://a.example/#x' }
const settings = (change: object) =>
  ({ MAIL_FROM, MAIL_API_KEY: 'the-key-of-ours', ...change }) as Settings

async function requestOf(change: object, answer: object): Promise<Record<string, unknown>> {
  let seen: Request | undefined
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    seen = new Request(url, init)
    return Response.json(answer)
  })
  await sendMail(settings(change), mail)
  if (seen === undefined) throw new Error('nothing was sent')
  return {
    to: `${seen.method} ${seen.url}`,
    key: seen.headers.get('authorization') ?? seen.headers.get('x-postmark-server-token'),
    type: seen.headers.get('content-type'),
    accept: seen.headers.get('accept'),
    body: await seen.json(),
  }
}

test('Resend gets its fields and its key', async () => {
  const id = '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794'
  expect(await requestOf({ MAIL: 'resend' }, { id })).toEqual({
    to: 'POST https://api.resend.com/emails',
    key: 'Bearer the-key-of-ours',
    type: 'application/json',
    accept: 'application/json',
    body: { from: MAIL_FROM, to: [mail.to], subject: mail.subject, text: mail.text },
  })
})

test('Postmark gets its fields and its key, and is to track nothing', async () => {
  const answer = {
    To: mail.to,
    SubmittedAt: '2026-11-29T12:00:00Z',
    MessageID: 'a',
    ErrorCode: 0,
    Message: 'OK',
  }
  expect(await requestOf({ MAIL: 'postmark' }, answer)).toEqual({
    to: 'POST https://api.postmarkapp.com/email',
    key: 'the-key-of-ours',
    type: 'application/json',
    accept: 'application/json',
    body: {
      From: MAIL_FROM,
      To: mail.to,
      Subject: mail.subject,
      TextBody: mail.text,
      TrackOpens: false,
      TrackLinks: 'None',
      MessageStream: 'outbound',
    },
  })
})

test('another address takes the form of a provider', async () => {
  const change = { MAIL: 'resend', MAIL_URL: 'https://mail.example.net/emails' }
  expect(await requestOf(change, { id: 'a' })).toMatchObject({
    to: 'POST https://mail.example.net/emails',
  })
})

test.each([
  ['resend', 200, { name: 'validation_error' }],
  ['resend', 403, { statusCode: 403, name: 'validation_error' }],
  ['postmark', 200, { ErrorCode: 406, Message: 'You tried to send to an inactive recipient' }],
  ['postmark', 422, { ErrorCode: 300, Message: 'Invalid email request' }],
])('%s that answers %i %o has sent nothing', async (MAIL, status, answer) => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.stubGlobal('fetch', async () => Response.json(answer, { status }))
  await expect(sendMail(settings({ MAIL }), mail)).rejects.toMatchObject({
    code: 'mail_unavailable',
  })
  const lines = JSON.stringify(logged.mock.calls)
  expect(lines).toContain('a mail was not sent')
  for (const secret of [mail.to, mail.text, 'the-key-of-ours']) expect(lines).not.toContain(secret)
})
