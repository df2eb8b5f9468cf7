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
    const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
      .png()
      .toBuffer()
    const signed = await signer.sign(pixel, pixel, {
      edit: 'edit_0',
      model: 'instant',
      source: 'humanEdits',
    })
    const faults = await faultsOf(signed)
    if (faults.length === 0) return signer
    throw new EditError(
      'invalid_option',
      `invalid configuration: readers reject what C2PA_CERTIFICATES sign: ${faults.join('; ')}`,
    )
  }

  /** @param photo that was edited. @returns the result with its manifest */
  async sign(result: Uint8Array, photo: Uint8Array, about: About): Promise<Uint8Array> {
    const manifest = manifestOf(about, this.#version, new Date().toISOString())
    const builder = WasmBuilder.fromJson(JSON.stringify(manifest), SETTINGS)
    try {
      const original = blobOf(photo)
      const hash = createHash('sha256').update(photo).digest('hex')
      const ingredient = JSON.stringify(photoIngredient(hash))
      await builder
        .addIngredientFromBlob(ingredient, original.type, original)
        .catch((error: unknown) => {
          // The photo has a manifest that cannot be read: no reason to refuse it.
          console.error(JSON.stringify({ message: 'manifest of a photo', error: String(error) }))
          builder.addIngredient(ingredient)
        })
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
