/** What an engine is asked to be: its name with an address, and its settings. */

import { EditError } from '../../shared/errors.ts'

/** One column of the report. Plain data, so that it can be sent to a thread and written down. */
export type EngineSpec = {
  /** `instant`, `embedded`, `api`, `folder`, ... */
  readonly kind: string
  /** What follows `:`, such as a URL or a folder; null without it. */
  readonly address: string | null
  /** Options of an edit; later ones of a sweep beside those of `--set`. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** As on the command line. */
export function argumentOf({ kind, address }: EngineSpec): string {
  return address === null ? kind : `${kind}:${address}`
}

/** As in the report: `embedded lambda=0.3`. */
export function nameOf(spec: EngineSpec): string {
  const settings = Object.entries(spec.settings).map(([key, value]) => `${key}=${shown(value)}`)
  return [argumentOf(spec), ...settings].join(' ')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What `--set` and `--sweep` say: values of a setting, for one engine or for all. */
export type Choice = {
  /** An engine's argument; null for all engines. */
  readonly engine: string | null
  readonly key: string
  readonly values: readonly unknown[]
}

/**
 * Parses `[ENGINE.]key=value`, and with `several` `key=v1,v2`. Values are JSON where they can be,
 * otherwise text.
 *
 * @param engines the arguments of `--engine`
 * @throws EditError `invalid_request`
 */
export function parseChoice(text: string, engines: readonly string[], several: boolean): Choice {
  const named = [...engines]
    .sort((one, other) => other.length - one.length)
    .find((engine) => text.startsWith(`${engine}.`))
  const rest = named === undefined ? text : text.slice(named.length + 1)
  const match = /^([A-Za-z]\w*)=(.+)$/s.exec(rest)
  if (match === null)
    throw new EditError(
      'invalid_request',
      `${JSON.stringify(text)} does not have the form ${several ? 'key=value,value' : 'key=value'}, or ENGINE.key=value with an engine of --engine`,
      { pointer: several ? '/sweep' : '/set' },
    )
  const [, key = '', values = ''] = match
  const parts = several ? values.split(',') : [values]
  return { engine: named ?? null, key, values: parts.map(parsedValue) }
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Every combination of the values that apply to each engine, in the order in which they are given. */
export function combinations(
  engines: readonly string[],
  choices: readonly Choice[],
): readonly EngineSpec[] {
  const specs = engines.flatMap((argument) => {
    const cut = argument.indexOf(':')
    const kind = cut === -1 ? argument : argument.slice(0, cut)
    const address = cut === -1 ? null : argument.slice(cut + 1)
    let all: Record<string, unknown>[] = [{}]
    for (const { engine, key, values } of choices) {
      if (engine !== null && engine !== argument) continue
      all = all.flatMap((settings) => values.map((value) => ({ ...settings, [key]: value })))
    }
    return all.map((settings) => ({ kind, address, settings }))
  })
  const seen = new Set<string>()
  return specs.filter((spec) => {
    const name = nameOf(spec)
    return !seen.has(name) && seen.add(name)
  })
}
