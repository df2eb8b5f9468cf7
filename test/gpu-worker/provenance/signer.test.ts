import 'reflect-metadata'
import { createHash, generateKeyPairSync, webcrypto } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { X509CertificateGenerator } from '@peculiar/x509'
import sharp from 'sharp'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { readCredentials } from '../../../gpu-worker/provenance/credentials.ts'
import type { About } from '../../../gpu-worker/provenance/manifest.ts'
import { ResultSigner } from '../../../gpu-worker/provenance/signer.ts'
import { newCertificate, type ProvenanceSettings } from '../../../infra/provenance/certificate.ts'
import { readManifests } from './reader.ts'

const about = {
  edit: `edit_${'0a'.repeat(24)}`,
  model: 'flux1-kontext-dev',
  source: 'compositeWithTrainedAlgorithmicMedia',
} as const
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const IPTC = 'http://cv.iptc.org/newscodes/digitalsourcetype'

let settings: ProvenanceSettings
let signer: ResultSigner
let photo: Uint8Array
beforeAll(async () => {
  photo = await readFile(new URL('../../../samples/balloon/photo.jpg', import.meta.url))
  settings = await newCertificate(Date.now())
  signer = await ResultSigner.open(
    readCredentials(settings.C2PA_CERTIFICATES, settings.C2PA_KEY),
    '1.2.3',
  )
})

const formats = ['png', 'jpeg', 'webp'] as const
const resultIn = async (format: (typeof formats)[number]) =>
  new Uint8Array(await sharp(photo).negate().withXmp('<x/>').toFormat(format).toBuffer())

const sign = async (result: Uint8Array, original: Uint8Array, said: About) =>
  (await signer.prepare(original))(result, said)

/** The manifest of a file with one, verified. */
function manifestIn(file: Uint8Array) {
  const manifest = readManifests(file).at(-1)
  if (manifest === undefined) throw new Error('no manifest')
  return manifest
}

describe.each(formats)('a result as %s', (format) => {
  test('has a manifest that another reader verifies, and its own pixels and metadata', async () => {
    const result = await resultIn(format)
    const signed = await sign(result, photo, about)
    const { claim, assertions, certificates } = manifestIn(signed)
    expect(claim.claim_generator_info).toMatchObject({ name: 'ContextDrag', version: '1.2.3' })
    expect(assertions.get('org.contextdrag.edit')).toEqual({
      edit: about.edit,
      model: about.model,
    })
    const { actions } = assertions.get('c2pa.actions.v2') as { actions: Record<string, unknown>[] }
    expect(actions).toMatchObject([
      { action: 'c2pa.opened' },
      {
        action: 'c2pa.edited',
        softwareAgent: { name: 'ContextDrag flux1-kontext-dev' },
        digitalSourceType: `${IPTC}/compositeWithTrainedAlgorithmicMedia`,
      },
    ])
    const [opened] = actions
    const url = expect.stringMatching(/\/c2pa\.ingredient\.v3$/)
    expect(opened).toMatchObject({ parameters: { ingredients: [{ url }] } })
    expect(assertions.get('c2pa.ingredient.v3')).toMatchObject({
      relationship: 'parentOf',
      instanceID: `sha256:${createHash('sha256').update(photo).digest('hex')}`,
    })
    expect(certificates.map(({ subject }) => subject)).toEqual([
      'CN=ContextDrag development\nO=ContextDrag development (not trusted)',
      'CN=ContextDrag development root\nO=ContextDrag development (not trusted)',
    ])
    const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer()
    expect((await pixels(signed)).equals(await pixels(result))).toBe(true)
    expect((await sharp(signed).metadata()).xmpAsString).toContain('<x/>')
    // What docs/provenance.md says of its size.
    expect(signed.length - result.length).toBeGreaterThan(2000)
    expect(signed.length - result.length).toBeLessThan(3300)
  })

  test('is not valid with another pixel, another claim or another signature', async () => {
    const signed = Buffer.from(await sign(await resultIn(format), photo, about))
    const broken = (at: number) => {
      const copy = Buffer.from(signed)
      copy[at] = (copy[at] ?? 0) ^ 1
      return () => readManifests(copy)
    }
    const behind = (text: string, offset: number) => signed.lastIndexOf(text) + offset
    // Of WebP, the manifest is the last chunk.
    const pixel = format === 'webp' ? 2000 : signed.length - 40
    expect(broken(pixel)).toThrow('the hash of the file differs')
    expect(broken(behind('flux1-kontext-dev', 3))).toThrow(/^the hash of c2pa\.|org\.contextdrag/)
    expect(broken(behind(about.edit, 12))).toThrow('the signature is not valid')
  })
})

test.each([
  { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  { name: 'Ed25519', namedCurve: '', hash: '' },
])('other keys that C2PA takes sign, too: $name $namedCurve', async (algorithm) => {
  const { C2PA_CERTIFICATES, C2PA_KEY } = await newCertificate(Date.now(), algorithm)
  const other = await ResultSigner.open(readCredentials(C2PA_CERTIFICATES, C2PA_KEY), '1')
  const signed = await (await other.prepare(photo))(await resultIn('png'), about)
  expect(manifestIn(signed).certificates).toHaveLength(2)
})

test('a key that C2PA does not take is named', async () => {
  const p521 = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }
  const { C2PA_CERTIFICATES, C2PA_KEY } = await newCertificate(Date.now(), p521)
  expect(() => readCredentials(C2PA_CERTIFICATES, C2PA_KEY)).toThrow('a key of secp521r1')
})

test('what no trained model has made is said to be made by people, with tools', async () => {
  const signed = await sign(await resultIn('png'), photo, {
    ...about,
    model: 'instant',
    source: 'humanEdits',
  })
  expect(manifestIn(signed).assertions.get('c2pa.actions.v2')).toMatchObject({
    actions: [{}, { digitalSourceType: `${IPTC}/humanEdits` }],
  })
})

test('the manifest of a photo is kept behind its own', async () => {
  const first = await sign(await resultIn('jpeg'), photo, about)
  const edit = `edit_${'0b'.repeat(24)}`
  const second = await sign(await resultIn('png'), first, { ...about, edit })
  const [before, after, ...more] = readManifests(second)
  expect(more).toEqual([])
  expect(before?.assertions.get('org.contextdrag.edit')).toMatchObject({ edit: about.edit })
  expect(after?.assertions.get('org.contextdrag.edit')).toMatchObject({ edit })
  const original = readManifests(first)[0]?.label
  expect(JSON.stringify([...(after?.assertions.values() ?? [])])).toContain(original)
})

test('a photo whose manifest is damaged is edited all the same', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  const damaged = Buffer.from(await sign(await resultIn('jpeg'), photo, about))
  damaged.fill(0, damaged.indexOf('c2pa.claim'), damaged.indexOf('c2pa.claim') + 300)
  const { assertions } = manifestIn(await sign(await resultIn('png'), damaged, about))
  expect(assertions.get('c2pa.ingredient.v3')).toMatchObject({ relationship: 'parentOf' })
  expect(logged).toHaveBeenCalledOnce()
  logged.mockRestore()
})

test('a photo whose manifest breaks only the signing is found before there is a result', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  const own = Buffer.from(await sign(await resultIn('jpeg'), photo, about))
  // No text of CBOR has this byte: its assertion is hashed when it is read, and parsed when it is signed.
  own[own.lastIndexOf(about.edit) + 2] = 0xff
  const prepared = await signer.prepare(own)
  expect(logged).toHaveBeenCalledOnce()
  for (const format of formats) {
    const result = await prepared(await resultIn(format), about)
    expect(readManifests(result)).toHaveLength(1)
    expect(manifestIn(result).assertions.get('c2pa.ingredient.v3')).toMatchObject({
      instanceID: `sha256:${createHash('sha256').update(own).digest('hex')}`,
    })
  }
  expect(logged).toHaveBeenCalledOnce()
  logged.mockRestore()
})

test('nothing is asked over the network, though a photo names an address', async () => {
  const asked = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('asked'))
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://10.0.0.1/manifest.c2pa"/></rdf:RDF></x:xmpmeta>`
  const naming = await sharp(photo).withXmp(xmp).jpeg().toBuffer()
  await sign(await resultIn('png'), naming, about)
  expect(asked).not.toHaveBeenCalled()
  asked.mockRestore()
})

describe('the worker does not start with', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const pkcs8 = (key: typeof other) =>
    key.export({ type: 'pkcs8', format: 'der' }).toString('base64')

  test.each([
    [
      'a key of another certificate',
      () => [settings.C2PA_CERTIFICATES, pkcs8(other)],
      'not the key',
    ],
    ['no key', () => [settings.C2PA_CERTIFICATES, 'c2VjcmV0'], 'C2PA_KEY is not base64'],
    ['no certificate', () => ['bm9uZQ==', settings.C2PA_KEY], 'C2PA_CERTIFICATES is not base64'],
    [
      'a chain in the wrong order',
      () => [settings.C2PA_CERTIFICATES.split(',').reverse().join(), settings.C2PA_KEY],
      'not the key',
    ],
  ])('%s, and does not print it', (_, given, why) => {
    const [certificates = '', key = ''] = given()
    expect(() => readCredentials(certificates, key)).toThrow(why)
    try {
      readCredentials(certificates, key)
    } catch (error) {
      expect(String(error)).not.toContain(key)
    }
  })

  test('an expired certificate', async () => {
    const old = await newCertificate(Date.now() - 400 * 24 * 3_600_000)
    expect(() => readCredentials(old.C2PA_CERTIFICATES, old.C2PA_KEY)).toThrow('valid until')
  })

  test('a certificate that readers reject', async () => {
    // It issued itself, and says nothing of what it may sign.
    const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
    const own = await X509CertificateGenerator.createSelfSigned({ name: 'CN=own', keys })
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
    const credentials = readCredentials(own.toString('base64'), Buffer.from(key).toString('base64'))
    await expect(ResultSigner.open(credentials, '1')).rejects.toThrow('readers reject')
  })
})

test('the key is in nothing that is signed', async () => {
  const signed = Buffer.from(await sign(await resultIn('png'), photo, about))
  const key = Buffer.from(settings.C2PA_KEY, 'base64')
  // The private scalar of P-256 in PKCS #8 begins at byte 36.
  expect(signed.includes(key.subarray(36, 68))).toBe(false)
})
