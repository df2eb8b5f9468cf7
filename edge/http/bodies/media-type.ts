/** Header values with parameters: Content-Type, Content-Disposition. Letter case means nothing in them. */

/** `;name=value` or `;name="value"`. */
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g

/** The type in lower case, and the parameters by their names in lower case. */
export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> }

/** The parts of a header's value; an absent header has the type ''. */
export function mediaType(header: string | null | undefined): MediaType {
  const text = header ?? ''
  const type = (text.split(';', 1)[0] as string).trim().toLowerCase()
  const parameters = [...text.matchAll(PARAMETER)].map(
    ([, name = '', quoted, plain = '']) =>
      [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain.trim()] as const,
  )
  return { type, parameters: new Map(parameters) }
}

/** True for `application/json` and types that are JSON by their suffix. */
export function isJson(type: string): boolean {
  return type === 'application/json' || /^application\/.+\+json$/.test(type)
}
