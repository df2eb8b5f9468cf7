/**
 * Adds a signed C2PA manifest to results, with c2pa-rs as WebAssembly. That makes the claim and embeds
 * it; the signature is made here, so that the key never gets there.
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { initSync, WasmBuilder, WasmReader } from '@contentauth/c2pa-wasm'
import sharp from 'sharp'
import { EditError } from '../../shared/errors.ts'
import { contentTypes, sniffImage } from '../../shared/files/image-header.ts'
import { BytesBlob } from './bytes-blob.ts'
import { coseSign1 } from './cose.ts'
import type { Credentials } from './credentials.ts'
import { type About, manifestOf, photoIngredient } from './manifest.ts'

/** A photo names addresses in its metadata; nothing here asks them. */
const SETTINGS = JSON.stringify({
  verify: { remote_manifest_fetch: false, ocsp_fetch: false, verify_after_sign: false },
})

/** Codes of a validation that are no fault: whether a certificate is trusted is the reader's choice. */
const UNTRUSTED = 'signingCredential.untrusted'

/** For results of one photo; resolves with null where one cannot be signed, and need not be. */
export type SignResult = (result: Uint8Array, about: About) => Promise<Uint8Array | null>

/** Done with a photo before anything is computed: what it cannot be signed with shows here. */
export type PrepareSigning = (photo: Uint8Array) => Promise<SignResult>

/** Adds the photo to a manifest. */
type AddPhoto = (builder: WasmBuilder) => void | Promise<void>

/** Signed to find faults before there is a result. */
const pixel = () =>
  sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
    .png()
    .toBuffer()
const TRIAL: About = { edit: 'edit_0', model: 'instant', source: 'humanEdits' }

export class ResultSigner {
  readonly #credentials: Credentials
  readonly #version: string
  /** A signature has this many bytes, whatever is signed. */
  readonly #size: number

  private constructor(credentials: Credentials, version: string) {
    this.#credentials = credentials
    this.#version = version
    this.#size = coseSign1(credentials, new Uint8Array()).length
  }

  /**
   * Loads the library, and reads back a first signature.
   *
   * @param version of the worker
   * @throws EditError `invalid_option` if readers would reject what these credentials sign
   */
  static async open(credentials: Credentials, version: string): Promise<ResultSigner> {
    const module = fileURLToPath(import.meta.resolve('@contentauth/c2pa-wasm/c2pa.wasm'))
    initSync({ module: await readFile(module) })
    const signer = new ResultSigner(credentials, version)
    const blank = await pixel()
    const { signed } = await signer.#signWithAny(blank, TRIAL, waysToAdd(blank))
    const faults = await faultsOf(signed)
    if (faults.length === 0) return signer
    throw new EditError(
      'invalid_option',
      `invalid configuration: readers reject what C2PA_CERTIFICATES sign: ${faults.join('; ')}`,
    )
  }

  /**
   * Signs a pixel as a result of the photo. A photo with manifests that cannot be signed along is signed
   * for without them: that is no reason to refuse it.
   *
   * @throws Error if nothing can be signed, which is no fault of the photo
   */
  async prepare(
    photo: Uint8Array,
  ): Promise<(...args: Parameters<SignResult>) => Promise<Uint8Array>> {
    const { ways } = await this.#signWithAny(await pixel(), TRIAL, waysToAdd(photo))
    return async (result, about) => (await this.#signWithAny(result, about, ways)).signed
  }

  /** Signs in the first way that can be. @returns the result with its manifest, and that way with those after it */
  async #signWithAny(
    result: Uint8Array,
    about: About,
    ways: readonly [AddPhoto, ...AddPhoto[]],
  ): Promise<{ signed: Uint8Array; ways: readonly [AddPhoto, ...AddPhoto[]] }> {
    const [addPhoto, next, ...others] = ways
    try {
      return { signed: await this.#sign(result, about, addPhoto), ways }
    } catch (error) {
      if (next === undefined) throw error
      logFault('manifest of a photo', error)
      return this.#signWithAny(result, about, [next, ...others])
    }
  }

  async #sign(result: Uint8Array, about: About, addPhoto: AddPhoto): Promise<Uint8Array> {
    const manifest = manifestOf(about, this.#version, new Date().toISOString())
    const builder = WasmBuilder.fromJson(JSON.stringify(manifest), SETTINGS)
    try {
      await addPhoto(builder)
      const definition = {
        alg: this.#credentials.algorithm.name,
        reserveSize: this.#size,
        sign: async (claim: Uint8Array) => Uint8Array.from(coseSign1(this.#credentials, claim)),
      }
      const picture = blobOf(result)
      return await builder.sign(definition, [], picture.type, picture)
    } finally {
      builder.free()
    }
  }
}

/** Where no manifest is required: a result that cannot be signed is worth more than none. */
export function signedIfPossible(prepare: PrepareSigning): PrepareSigning {
  const unsigned = (error: unknown) => {
    logFault('a result is not signed', error)
    return null
  }
  return async (photo) => {
    const sign = await prepare(photo).catch(unsigned)
    return async (result, about) => (await sign?.(result, about).catch(unsigned)) ?? null
  }
}

/** With the photo's own manifests, and without. */
function waysToAdd(photo: Uint8Array): readonly [AddPhoto, AddPhoto] {
  const original = blobOf(photo)
  const hash = createHash('sha256').update(photo).digest('hex')
  const ingredient = JSON.stringify(photoIngredient(hash))
  return [
    (builder) => builder.addIngredientFromBlob(ingredient, original.type, original),
    (builder) => builder.addIngredient(ingredient),
  ]
}

function logFault(message: string, error: unknown): void {
  console.error(JSON.stringify({ message, error: String(error) }))
}

function blobOf(bytes: Uint8Array): BytesBlob {
  return new BytesBlob(bytes, contentTypes[sniffImage(bytes).format])
}

/** What a reader finds wrong with a file, other than that it does not know the certificate. */
async function faultsOf(file: Uint8Array): Promise<string[]> {
  const reader = await WasmReader.fromBytes('image/png', file, SETTINGS)
  try {
    const { validation_status: found = [] } = JSON.parse(reader.json()) as {
      validation_status?: { code: string; explanation?: string }[]
    }
    return found.flatMap(({ code, explanation }) =>
      code === UNTRUSTED ? [] : [`${code} (${explanation})`],
    )
  } finally {
    reader.free()
  }
}
