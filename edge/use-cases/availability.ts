/**
 * How available each model was, from what the circuit breakers of its providers have kept. Knows no
 * objects: their records are given.
 */

import type { ModelName } from '../../shared/models.ts'
import type { Availability } from '../rpc/provider.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HOURS = 24
const DAYS = 90

/** A provider and its record. */
export type Recorded = {
  readonly models: readonly ModelName[]
  readonly availability: Availability
}

/** A part of the time, in minutes. */
export type Span = {
  /** ISO 8601. */
  readonly start: string
  /** How much of it is known: not what lies before the first run, nor ahead. */
  readonly known: number
  /** In which no provider of the model was in order. */
  readonly failing: number
}

export type ModelAvailability = {
  readonly name: ModelName
  /** `unknown` where no run has ended yet. */
  readonly status: 'up' | 'down' | 'unknown'
  /** The last 24 hours, the current one last. */
  readonly hours: readonly Span[]
  /** The last 90 days of UTC, today last. */
  readonly days: readonly Span[]
}

type Interval = { readonly start: number; readonly end: number }

/** @param models in the order of the answer; each served by at least one of the providers */
export function availabilityOf(
  models: readonly ModelName[],
  providers: readonly Recorded[],
  now: number,
): ModelAvailability[] {
  return models.map((name) => {
    const records = providers.flatMap(({ models: served, availability }) =>
      served.includes(name) && availability.since !== null ? [availability] : [],
    )
    const since = Math.min(now, ...records.map((record) => record.since ?? now))
    const failing = records.length === 0 ? [] : together(records, now)
    const spans = (count: number, length: number) => {
      const current = Math.floor(now / length) * length
      return Array.from({ length: count }, (_, i): Span => {
        const start = current - (count - 1 - i) * length
        const within = { start, end: start + length }
        const minutes = (of: readonly Interval[]) =>
          Math.round(of.reduce((sum, one) => sum + overlap(one, within), 0) / 6000) / 10
        return {
          start: new Date(start).toISOString(),
          known: records.length === 0 ? 0 : minutes([{ start: since, end: now }]),
          failing: minutes(failing),
        }
      })
    }
    const isDown = failing.some(({ end }) => end >= now)
    return {
      name,
      status: records.length === 0 ? 'unknown' : isDown ? 'down' : 'up',
      hours: spans(HOURS, HOUR_MS),
      days: spans(DAYS, DAY_MS),
    }
  })
}

/** When all of them were out of order. */
function together(records: readonly Availability[], now: number): Interval[] {
  const [first = [], ...others] = records.map(({ outages }) =>
    outages.map(({ start, until }): Interval => ({ start, end: until ?? now })),
  )
  return others.reduce<readonly Interval[]>(
    (common, next) =>
      common.flatMap((one) =>
        next.flatMap((other) =>
          overlap(one, other) > 0
            ? [{ start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) }]
            : [],
        ),
      ),
    first,
  ) as Interval[]
}

/** Milliseconds. */
function overlap(one: Interval, other: Interval): number {
  return Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start))
}
