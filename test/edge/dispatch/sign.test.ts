import { expect, test } from 'vitest'
import { signRun } from '../../../edge/dispatch/sign.ts'
import { bindings, settings } from '../app.ts'

test('a signature is over method, run, body and expiry, and verifies with the public key alone', async () => {
  const body = '{"model":"embedded"}'
  const header = await signRun(settings().RUN_SIGNING_KEY, 'PUT', 'auto.a.b.1', body, 1234)
  const [version, expires, signature = ''] = header.split(';')
  expect([version, expires]).toEqual(['v1', '1234'])
  const key = await crypto.subtle.importKey(
    'jwk',
    { kty: 'OKP', crv: 'Ed25519', x: String(bindings.RUN_PUBLIC_KEY) },
    'Ed25519',
    false,
    ['verify'],
  )
  const bytes = (text: string) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  const digest = btoa(String.fromCharCode(...new Uint8Array(hash)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '')
  const verifies = (text: string) =>
    crypto.subtle.verify('Ed25519', key, bytes(signature), new TextEncoder().encode(text))
  expect(await verifies(`v1\nPUT\nauto.a.b.1\n${digest}\n1234`)).toBe(true)
  expect(await verifies(`v1\nPUT\nauto.a.b.2\n${digest}\n1234`)).toBe(false)
  expect(await verifies(`v1\nGET\nauto.a.b.1\n${digest}\n1234`)).toBe(false)
})
