/**
 * Downloads a photo that a model names. Only from public hosts: the machine that runs this server may
 * reach private ones, which the model's instructions must not.
 */

import { lookup } from 'node:dns'
import { get } from 'node:https'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'

const TIMEOUT_MS = 20_000

/**
 * @param resolve looks a host's name up; the connection goes to the address that was checked
 * @throws EditError `image_unreachable`; `image_too_large` above the limit of a photo
 */
export async function download(
  address: string,
  signal: AbortSignal,
  resolve: typeof lookup = lookup,
): Promise<Uint8Array> {
  const url = new URL(address)
  if (url.protocol !== 'https:') unreachable(address, 'its scheme is not https')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // Node asks no lookup about an address.
  if (ipaddr.isValid(host)) unreachable(address, 'its host is an IP address, not a name')
  return new Promise<Uint8Array>((done, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const fail = (error: Error) =>
      reject(error instanceof EditError ? error : unreachableError(address, error.message))
    const request = get(
      url,
      { lookup: publicOnly(address, resolve), signal: limit },
      (response) => {
        const { statusCode } = response
        // A redirect may lead anywhere, and photos are rarely behind one.
        if (statusCode !== 200) {
          response.destroy()
          return fail(unreachableError(address, `it responded with status ${statusCode}`))
        }
        const parts: Buffer[] = []
        let length = 0
        response.on('data', (part: Buffer) => {
          parts.push(part)
          length += part.length
          if (length > MAX_IMAGE_BYTES)
            response.destroy(
              new EditError('image_too_large', `${address} has more than ${MAX_IMAGE_BYTES} bytes`),
            )
        })
        response.on('end', () => done(Buffer.concat(parts)))
        response.on('error', fail)
      },
    )
    request.on('error', fail)
  })
}

/** A lookup that fails for a host with an address that is not public. */
function publicOnly(address: string, resolve: typeof lookup): LookupFunction {
  return (host, options, answer) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return answer(error, [])
      const hidden = found.find((one) => ipaddr.process(one.address).range() !== 'unicast')
      if (hidden !== undefined)
        return answer(unreachableError(address, 'its host has an address that is not public'), [])
      const [first] = found
      if (options.all) return answer(null, found)
      answer(null, first?.address ?? '', first?.family)
    })
}

function unreachable(address: string, why: string): never {
  throw unreachableError(address, why)
}

function unreachableError(address: string, why: string): EditError {
  return new EditError('image_unreachable', `${address} cannot be used: ${why}`, {
    pointer: '/photo',
  })
}
