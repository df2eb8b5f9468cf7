/**
 * Reads and verifies a C2PA manifest without the library that wrote it: JUMBF (ISO 19566-5), CBOR, COSE
 * (RFC 9052) and the hashes of C2PA 2.2, as far as results need.
 */

import { createHash, verify, X509Certificate } from 'node:crypto'
import { decode, encode, type Tag } from 'cbor2'

type Box = { readonly type: string; readonly start: number; readonly content: Buffer }
/** A superbox with its label. `payload` is what a hashed URI is the hash of. */
type Labelled = { readonly label: string; readonly payload: Buffer; readonly boxes: readonly Box[] }
type HashedUri = { readonly url: string; readonly hash: Uint8Array; readonly alg?: string }

export type Manifest = {
  readonly label: string
  readonly claim: Record<string, unknown>
  /** By label. */
  readonly assertions: ReadonlyMap<string, Record<string, unknown>>
  readonly certificates: readonly X509Certificate[]
}

/** The manifests in a file, oldest first; those of ingredients are unverified. @throws Error if the last is not valid */
export function readManifests(file: Uint8Array): Manifest[] {
  const bytes = Buffer.from(file)
  const { store } = storeOf(bytes)
  const [outer] = boxesOf(store)
  if (outer === undefined) throw new Error('no JUMBF')
  const manifests = labelled(outer).boxes.filter(({ type }) => type === 'jumb')
  return manifests.map((box, i) => read(labelled(box), i === manifests.length - 1 ? bytes : null))
}

function read(manifest: Labelled, asset: Buffer | null): Manifest {
  const parts = new Map(
    manifest.boxes
      .filter(({ type }) => type === 'jumb')
      .map((box) => [labelled(box).label, labelled(box)]),
  )
  const part = (label: string) => {
    const found = parts.get(label)
    if (found === undefined) throw new Error(`no ${label}`)
    return found
  }
  const claimBytes = contentOf(part('c2pa.claim.v2'), 'cbor')
  const claim = decode(claimBytes) as Record<string, unknown>
  const stored = new Map(
    part('c2pa.assertions')
      .boxes.filter(({ type }) => type === 'jumb')
      .map((box) => [labelled(box).label, labelled(box)]),
  )
  const listed = [claim.created_assertions, claim.gathered_assertions].flatMap(
    (list) => (list ?? []) as HashedUri[],
  )
  if (listed.length !== stored.size) throw new Error('an assertion is not in the claim')
  for (const { url, hash } of listed) {
    const label = url.split('/').at(-1) ?? ''
    const payload = stored.get(label)?.payload
    if (payload === undefined || !sha256(payload).equals(Buffer.from(hash)))
      throw new Error(`the hash of ${label} differs`)
  }
  const assertions = new Map(
    [...stored].map(([label, one]) => [
      label,
      decode(contentOf(one, 'cbor')) as Record<string, unknown>,
    ]),
  )
  const certificates = verifySignature(contentOf(part('c2pa.signature'), 'cbor'), claimBytes)
  if (asset !== null) checkAsset(asset, assertions.get('c2pa.hash.data'))
  return { label: manifest.label, claim, assertions, certificates }
}

/** The hash of the file without the excluded ranges, which hold nothing but the manifests. */
function checkAsset(file: Buffer, assertion: Record<string, unknown> | undefined): void {
  const { exclusions, hash } = assertion as {
    exclusions: readonly { start: number; length: number }[]
    hash: Uint8Array
  }
  const { ranges } = storeOf(file)
  const outside = exclusions.some(
    ({ start, length }) => !ranges.some(([from, to]) => start >= from && start + length <= to),
  )
  if (outside) throw new Error('more than the manifest is excluded')
  let at = 0
  const kept: Buffer[] = []
  for (const { start, length } of exclusions) {
    kept.push(file.subarray(at, start))
    at = start + length
  }
  kept.push(file.subarray(at))
  if (!sha256(Buffer.concat(kept)).equals(Buffer.from(hash)))
    throw new Error('the hash of the file differs')
}

/** Of COSE's ES256, ES384 and EdDSA (RFC 9053). */
const HASHES = new Map<unknown, string | null>([
  [-7, 'sha256'],
  [-35, 'sha384'],
  [-8, null],
])

/** @returns the chain, the signer's own first */
function verifySignature(cose: Buffer, claim: Buffer): X509Certificate[] {
  const [header, , payload, signature] = (decode(cose) as Tag).contents as [
    Uint8Array,
    unknown,
    null,
    Uint8Array,
  ]
  const fields = decode(header) as Map<number, unknown>
  const certificates = [fields.get(33)].flat().map((der) => new X509Certificate(der as Uint8Array))
  const [own, ...issuers] = certificates
  const hash = HASHES.get(fields.get(1))
  if (own === undefined || payload !== null || hash === undefined)
    throw new Error('no detached signature of a known algorithm')
  const signed = encode([
    'Signature1',
    Uint8Array.from(header),
    new Uint8Array(),
    Uint8Array.from(claim),
  ])
  const key = { key: own.publicKey, dsaEncoding: 'ieee-p1363' } as const
  if (!verify(hash, signed, key, signature)) throw new Error('the signature is not valid')
  const links = [own, ...issuers].slice(0, -1)
  for (const [i, one] of links.entries())
    if (!one.verify((issuers[i] as X509Certificate).publicKey))
      throw new Error('the chain is not valid')
  return certificates
}

/** Where the manifests are: a PNG chunk `caBX`, segments APP11 of JPEG, a chunk `C2PA` of WebP. */
function storeOf(file: Buffer): { store: Buffer; ranges: readonly (readonly [number, number])[] } {
  const parts: Buffer[] = []
  const ranges: [number, number][] = []
  if (file.readUInt16BE(0) === 0xffd8) {
    for (let at = 2; file[at] === 0xff && file[at + 1] !== 0xda; ) {
      const end = at + 2 + file.readUInt16BE(at + 2)
      if (file[at + 1] === 0xeb) {
        // 'JP', box instance, packet number; from the second packet on, the box's header again.
        parts.push(file.subarray(at + 12 + (parts.length === 0 ? 0 : 8), end))
        ranges.push([at, end])
      }
      at = end
    }
  } else if (file.toString('latin1', 1, 4) === 'PNG') {
    for (let at = 8; at < file.length; ) {
      const end = at + 12 + file.readUInt32BE(at)
      if (file.toString('latin1', at + 4, at + 8) === 'caBX') {
        parts.push(file.subarray(at + 8, end - 4))
        ranges.push([at, end])
      }
      at = end
    }
  } else {
    for (let at = 12; at < file.length; ) {
      const length = file.readUInt32LE(at + 4)
      const end = at + 8 + length + (length % 2)
      if (file.toString('latin1', at, at + 4) === 'C2PA') {
        parts.push(file.subarray(at + 8, at + 8 + length))
        ranges.push([at, end])
      }
      at = end
    }
  }
  return { store: Buffer.concat(parts), ranges }
}

function boxesOf(bytes: Buffer): Box[] {
  const boxes: Box[] = []
  for (let start = 0; start + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(start)
    if (length < 8 || start + length > bytes.length) throw new Error('a box is damaged')
    const type = bytes.toString('latin1', start + 4, start + 8)
    boxes.push({ type, start, content: bytes.subarray(start + 8, start + length) })
    start += length
  }
  return boxes
}

function labelled({ content }: Box): Labelled {
  const [description, ...boxes] = boxesOf(content)
  if (description?.type !== 'jumd') throw new Error('a superbox has no description')
  // A type of 16 bytes, a byte of toggles, and the label with a zero behind it.
  const rest = description.content.subarray(17)
  const label = rest.toString('utf8', 0, rest.indexOf(0))
  return { label, payload: content, boxes }
}

function contentOf({ label, boxes }: Labelled, type: string): Buffer {
  const found = boxes.find((box) => box.type === type)
  if (found === undefined) throw new Error(`${label} has no ${type}`)
  return found.content
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
