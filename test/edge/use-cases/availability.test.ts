import { expect, test } from 'vitest'
import type { Outage } from '../../../edge/rpc/provider.ts'
import { availabilityOf } from '../../../edge/use-cases/availability.ts'

const at = (text: string) => Date.parse(`2026-11-${text}:00Z`)
const NOW = at('29T12:30')
const provider = (models: string[], since: number | null, ...outages: Outage[]) =>
  ({ models, availability: { since, outages } }) as Parameters<typeof availabilityOf>[1][number]
const of = (...providers: Parameters<typeof availabilityOf>[1]) => {
  const [found] = availabilityOf(['instant'], providers, NOW)
  if (found === undefined) throw new Error('no model')
  return found
}

test('an outage counts in the hours and days that it lies in', () => {
  const model = of(
    provider(['instant'], at('01T00:00'), { start: at('28T23:40'), until: at('29T01:15') }),
  )
  expect(model.status).toBe('up')
  expect(model.hours).toHaveLength(24)
  expect(model.hours.slice(-14, -10).map(({ start, failing }) => [start, failing])).toEqual([
    ['2026-11-28T23:00:00.000Z', 20],
    ['2026-11-29T00:00:00.000Z', 60],
    ['2026-11-29T01:00:00.000Z', 15],
    ['2026-11-29T02:00:00.000Z', 0],
  ])
  expect(model.days).toHaveLength(90)
  expect(model.days.slice(-2)).toEqual([
    { start: '2026-11-28T00:00:00.000Z', known: 1440, failing: 20 },
    { start: '2026-11-29T00:00:00.000Z', known: 750, failing: 75 },
  ])
  expect(model.hours.at(-1)).toEqual({ start: '2026-11-29T12:00:00.000Z', known: 30, failing: 0 })
})

test('what lies before the first run is not known, and is no time in order', () => {
  const { days } = of(provider(['instant'], at('28T12:00')))
  expect(days.slice(-3).map(({ known }) => known)).toEqual([0, 720, 750])
})

test('an outage that lasts is one until now', () => {
  const model = of(provider(['instant'], at('01T00:00'), { start: at('29T12:10'), until: null }))
  expect([model.status, model.hours.at(-1)?.failing]).toEqual(['down', 20])
})

test('a model is in order while one of its providers is', () => {
  const since = at('01T00:00')
  const one = provider(['instant'], since, { start: at('29T09:00'), until: at('29T10:00') })
  const other = provider(
    ['instant', 'embedded'],
    since,
    { start: at('29T09:20'), until: at('29T09:30') },
    { start: at('29T09:50'), until: null },
  )
  const { hours, status } = of(one, other)
  expect(hours.at(-4)).toMatchObject({ start: '2026-11-29T09:00:00.000Z', failing: 20 })
  expect(hours.at(-3)?.failing).toBe(0)
  expect(status).toBe('up')
  // Alone, the other one is out of order still.
  const [embedded] = availabilityOf(['embedded'], [one, other], NOW)
  expect([embedded?.status, embedded?.hours.at(-1)?.failing]).toEqual(['down', 30])
})

test('a provider that has run nothing says nothing', () => {
  const unused = provider(['instant'], null)
  expect(of(unused)).toMatchObject({ status: 'unknown' })
  expect(new Set(of(unused).days.map(({ known }) => known))).toEqual(new Set([0]))
  const failing = provider(['instant'], at('01T00:00'), { start: at('29T12:00'), until: null })
  expect(of(unused, failing).status).toBe('down')
})
