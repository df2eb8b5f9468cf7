/** Amounts, times and browsers as a reader expects them. */

/** Micro-units as money: two digits after the point, or as many as it takes up to six. */
export function money(micro: number, currency: string): string {
  const format = { style: 'currency', currency, maximumFractionDigits: 6 } as const
  return new Intl.NumberFormat(undefined, format).format(micro / 1e6)
}

/** Money as typed into a field, in micro-units; null for what is no amount. */
export function parseMoney(text: string): number | null {
  const micro = Math.round(1e6 * Number(text.replace(',', '.')))
  return text.trim() === '' || !Number.isSafeInteger(micro) || micro < 0 ? null : micro
}

const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

export function timeText(iso: string): string {
  return timeFormat.format(new Date(iso))
}

/** The time of day, to the second. */
export function clockText(iso: string): string {
  return clockFormat.format(new Date(iso))
}

/** A duration in words short enough for a table. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`
}

const BROWSERS = [
  [/\bEdg/, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const

/** A browser as its owner would name it, from what it says of itself. */
export function agentText(agent: string): string {
  const named = (names: readonly (readonly [RegExp, string])[]) =>
    names.find(([pattern]) => pattern.test(agent))?.[1]
  const browser = named(BROWSERS)
  const system = named(SYSTEMS)
  if (browser === undefined) return agent === '' ? 'A browser' : agent.slice(0, 60)
  return system === undefined ? browser : `${browser} on ${system}`
}
