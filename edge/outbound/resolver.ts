/**
 * Which addresses a name has, asked over HTTPS (the JSON API of Cloudflare and Google). Best effort:
 * the request that follows looks the name up once more, and a resolver that fails stops nothing.
 */

import ipaddr from 'ipaddr.js'
import { z } from 'zod'

const TIMEOUT_MS = 3000
/** Numbers of the record types that hold addresses. */
const RECORDS = { A: 1, AAAA: 28 }

const Reply = z.object({
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
})

/** The addresses of a name; none where they are not known. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** Asks the resolver at this URL, such as https://cloudflare-dns.com/dns-query. */
export function resolverAt(url: string): Resolve {
  return async (name) => {
    const types = Object.keys(RECORDS) as (keyof typeof RECORDS)[]
    const found = await Promise.all(types.map((type) => addressesOf(url, name, type)))
    return found.flat()
  }
}

async function addressesOf(
  resolver: string,
  name: string,
  type: keyof typeof RECORDS,
): Promise<string[]> {
  const url = new URL(resolver)
  url.searchParams.set('name', name)
  url.searchParams.set('type', type)
  try {
    const response = await fetch(url.href, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/dns-json' },
    })
    if (!response.ok) throw new Error(`the resolver returned ${response.status}`)
    const { Answer } = Reply.parse(await response.json())
    // An answer may also contain the aliases that led there.
    return Answer.filter((record) => record.type === RECORDS[type]).map(({ data }) => data)
  } catch (error) {
    console.error(JSON.stringify({ message: 'resolver failed', name, error: String(error) }))
    return []
  }
}

/** True for addresses of the public internet; not for private, local and reserved ones. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}
