/** The platform's cryptography, for tests that need the same order of things every time. */

import { createHmac, hash, randomUUID } from 'node:crypto'

/**
 * `crypto.subtle` that answers in the same turn: thousands of sequences in an order that a seed
 * gives again. Only what the objects use; digests and HMACs are true, signatures and seals are not.
 */
export function installCrypto(): void {
  const bytes = (data: BufferSource) =>
    data instanceof ArrayBuffer
      ? Buffer.from(data)
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const buffer = (data: Buffer) => Uint8Array.from(data).buffer
  const subtle = {
    digest: async (_: string, data: BufferSource) => buffer(hash('sha256', bytes(data), 'buffer')),
    importKey: async (_: string, data: BufferSource) => bytes(data).toString('hex'),
    sign: async (algorithm: unknown, key: string, data: BufferSource) =>
      algorithm === 'Ed25519'
        ? new ArrayBuffer(64)
        : buffer(createHmac('sha256', key).update(bytes(data)).digest()),
    encrypt: async (_: unknown, __: unknown, data: BufferSource) => buffer(bytes(data)),
    decrypt: async (_: unknown, __: unknown, data: BufferSource) => buffer(bytes(data)),
    timingSafeEqual: (a: ArrayBuffer, b: ArrayBuffer) => Buffer.compare(bytes(a), bytes(b)) === 0,
  }
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: {
      subtle,
      randomUUID,
      getRandomValues: <T extends Uint8Array | Uint32Array>(array: T): T => {
        const { buffer, byteOffset, byteLength } = array
        const view = new Uint8Array(buffer, byteOffset, byteLength)
        for (let i = 0; i < byteLength; i++) view[i] = Math.floor(256 * Math.random())
        return array
      },
    },
  })
}
