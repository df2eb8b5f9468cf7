import { describe, expect, test } from 'vitest'
import { isEditIdOf, mintEditId, mintKey, readKey, regions } from '../../../edge/access/keys.ts'
import { randomHex, shortHmac } from '../../../edge/secrets.ts'

const old = { version: '1', secret: 'an-older-pepper-of-ours' }
const current = { version: '2', secret: 'the-pepper-of-today' }
const of = { kind: 'key', mode: 'live', region: 'eu', account: 'abcdefghij12' } as const

test('a key contains its kind, mode and account, and the account stores only a digest', async () => {
  const { text, credential } = await mintKey(of, [current])
  expect(text).toMatch(/^cd_live_eu_abcdefghij12_[a-z0-9]{10}_[A-Za-z0-9]{32}_2[0-9a-f]{20}$/)
  expect(await readKey(text, [current])).toEqual(credential)
  const [, , , , , secret = ''] = text.split('_')
  expect(JSON.stringify(credential)).not.toContain(secret)
  // SHA-256 of the secret, by hand.
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)))
  expect(credential.hash).toBe(base64.replaceAll('+', '-').replaceAll('/', '_').replace('=', ''))
})

test('no two are alike', async () => {
  const texts = await Promise.all(
    Array.from({ length: 200 }, async () => (await mintKey(of, [current])).text),
  )
  expect(new Set(texts).size).toBe(200)
})

test('a key with any character changed is rejected', async () => {
  const { text } = await mintKey({ ...of, kind: 'client' }, [current])
  expect(text).toMatch(/^cdc_/)
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'a' ? 'b' : 'a'
    const forged = `${text.slice(0, i)}${other}${text.slice(i + 1)}`
    expect(await readKey(forged, [current]), forged).toBeNull()
  }
  for (const forged of ['', text.slice(1), `${text}0`, text.toUpperCase(), `${text}\n`])
    expect(await readKey(forged, [current])).toBeNull()
})

test('peppers rotate: new keys use the first pepper, and old keys work until their pepper is removed', async () => {
  const { text } = await mintKey(of, [old])
  expect(await readKey(text, [current, old])).not.toBeNull()
  expect(await readKey(text, [current])).toBeNull()
  expect((await mintKey(of, [current, old])).text).toMatch(/_2[0-9a-f]{20}$/)
})

describe('an edit id', () => {
  const place = { account: 'abcdefghij12', region: 'weur' } as const

  test('is valid only with our signature, for its own account and region', async () => {
    const id = await mintEditId(place, randomHex(16), [old])
    expect(id).toMatch(/^edit_[0-9a-f]{48}$/)
    expect(await isEditIdOf(id, place, [current, old])).toBe(true)
    expect(await isEditIdOf(id, { ...place, account: 'abcdefghij13' }, [current, old])).toBe(false)
    for (const region of regions.filter((one) => one !== place.region))
      expect(await isEditIdOf(id, { ...place, region }, [current, old])).toBe(false)
    expect(await isEditIdOf(id, place, [current])).toBe(false)
    expect(await isEditIdOf(`edit_${randomHex(24)}`, place, [old])).toBe(false)
  })

  test('of an earlier release, without its region, stays valid', async () => {
    const random = 'a'.repeat(32)
    const mac = await shortHmac(old.secret, `edit ${place.account} ${random}`, 8)
    expect(await isEditIdOf(`edit_${random}${mac}`, place, [current, old])).toBe(true)
    const other = { ...place, account: 'abcdefghij13' }
    expect(await isEditIdOf(`edit_${random}${mac}`, other, [current, old])).toBe(false)
  })
})
