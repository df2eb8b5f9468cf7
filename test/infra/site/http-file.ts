/** Reads an HTTP collection as REST Client and JetBrains do: `###` between requests, `@name = value`. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type HttpRequest = {
  readonly name: string
  readonly method: string
  /** With its placeholders, as everything here. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export type HttpFile = {
  readonly path: string
  /** Those that the file declares. */
  readonly variables: Readonly<Record<string, string>>
  readonly requests: readonly HttpRequest[]
}

export function readHttpFile(path: string): HttpFile {
  const [head = '', ...blocks] = readFileSync(path, 'utf8').split(/^###.*\n/m)
  const variables = Object.fromEntries(
    [...head.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]),
  )
  return { path, variables, requests: blocks.map(parse) }
}

function parse(block: string): HttpRequest {
  const name = /^# @name (\w+)$/m.exec(block)?.[1]
  const [head = '', ...rest] = block
    .replace(/^#.*\n/gm, '')
    .trim()
    .split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const [, method, url] = /^([A-Z]+) (\S+)$/.exec(first) ?? []
  if (name === undefined || method === undefined || url === undefined)
    throw new Error(`no request: ${block}`)
  const headers = lines.map((line) => {
    const [, key, value] = /^([\w-]+): (.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) throw new Error(`no header: ${line}`)
    return [key.toLowerCase(), value]
  })
  const body = rest.length === 0 ? null : rest.join('\n\n')
  return { name, method, url, headers: Object.fromEntries(headers), body }
}

/** Sends a request of the file. @throws Error for a placeholder that nobody fills */
export function send(
  file: HttpFile,
  { method, url, headers, body }: HttpRequest,
  values: Readonly<Record<string, string>>,
): Promise<Response> {
  const fill = (text: string) =>
    text.replace(/\{\{(.+?)\}\}/g, (_, name: string) => {
      const value = name === '$uuid' ? crypto.randomUUID() : values[name]
      if (value === undefined) throw new Error(`nothing for ${name}`)
      return value
    })
  const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)] as const)
  return fetch(fill(url), {
    method,
    headers: Object.fromEntries(filled),
    body: body === null ? null : bytesOf(fill(body), dirname(file.path), headers),
  })
}

/** A line `< FILE` stands for its bytes. Lines of a form end as HTTP wants. */
function bytesOf(body: string, folder: string, headers: Readonly<Record<string, string>>) {
  if (!headers['content-type']?.startsWith('multipart/')) return body
  const parts = body.split('\n').map((line) => {
    const [, file] = /^< (.+)$/.exec(line) ?? []
    const bytes = file === undefined ? Buffer.from(line) : readFileSync(join(folder, file))
    return Buffer.concat([bytes, Buffer.from('\r\n')])
  })
  return new Uint8Array(Buffer.concat(parts))
}
