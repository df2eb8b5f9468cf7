import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCredentials } from '../../../gpu-worker/provenance/credentials.ts'
import { certificateIn } from '../../../infra/provenance/certificate.ts'

const DAY_MS = 24 * 3_600_000
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-certificate-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a certificate is made once, for its owner alone, and a new one a month before it ends', async () => {
  const file = join(folder, 'provenance.json')
  const now = Date.now()
  const first = await certificateIn(file, now)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await certificateIn(file, now + 334 * DAY_MS)).toEqual(first)
  const next = await certificateIn(file, now + 336 * DAY_MS)
  expect(next.C2PA_KEY).not.toBe(first.C2PA_KEY)
  expect(await certificateIn(file, now + 336 * DAY_MS)).toEqual(next)
})

test('it says that nobody trusts it, and its key signs', async () => {
  const { C2PA_CERTIFICATES, C2PA_KEY } = await certificateIn(join(folder, 'other.json'))
  const [own, root] = C2PA_CERTIFICATES.split(',').map(
    (text) => new X509Certificate(Buffer.from(text, 'base64')),
  )
  for (const one of [own, root]) expect(one?.subject).toContain('development (not trusted)')
  expect(own?.ca).toBe(false)
  expect(root?.ca).toBe(true)
  expect(own?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.4'])
  const { algorithm } = readCredentials(C2PA_CERTIFICATES, C2PA_KEY)
  expect(algorithm.name).toBe('es256')
})
