/** The edit as code to copy: a curl command, and TypeScript. */

import { asked, type Draft } from './draft.ts'

/** The fields of the request, without files. */
function fieldsOf(draft: Draft): [string, unknown][] {
  const round = (value: number) => Math.round(value * 100) / 100
  const rounded = draft.drags.map(({ handle, target }) => ({
    handle: { x: round(handle.x), y: round(handle.y) },
    target: { x: round(target.x), y: round(target.y) },
  }))
  const given = Object.entries(asked(draft)).filter(([, value]) => value !== undefined)
  return [['drags', rounded], ...given]
}

export function asCurl(origin: string, draft: Draft): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  // Not -F, which would read a file for a text such as @name or <name.
  const fields = fieldsOf(draft).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `  --form-string ${quoted(`${name}=${text}`)}`
  })
  return [
    `curl ${quoted(`${origin}/v1/edits`)} -H "authorization: Bearer $KEY" -H "idempotency-key: $(uuidgen)" -H "prefer: wait=60"`,
    '  -F image=@photo.jpg',
    ...(draft.things.length > 0 ? ['  -F mask=@mask.png'] : []),
    ...(draft.affects ? ['  -F affects=@affects.png'] : []),
    ...fields,
  ].join(' \\\n')
}

const PACKAGE = 'contextdrag/client'

export function asTypeScript(origin: string, draft: Draft): string {
  const key = (name: string) => (/^[a-z]\w*$/i.test(name) ? name : JSON.stringify(name))
  const fields = fieldsOf(draft).map(([name, value]) => `  ${key(name)}: ${JSON.stringify(value)},`)
  return [
    `import { ContextDrag } from ${JSON.stringify(PACKAGE)}`,
    '',
    `const api = new ContextDrag({ baseUrl: ${JSON.stringify(origin)}, key })`,
    'const { id } = await api.edit({',
    '  image: photo,',
    ...(draft.things.length > 0 ? ['  mask,'] : []),
    ...(draft.affects ? ['  affects,'] : []),
    ...fields,
    '})',
    'await api.wait(id)',
    'const picture = await api.result(id)',
  ].join('\n')
}
