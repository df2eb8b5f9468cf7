/** `GET /status`: which models are in order, and how available they were. Public; JSON, or a page for browsers. */

import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { html } from 'hono/html'
import { z } from 'zod'
import { modelNames } from '../../shared/models.ts'
import { model, time } from '../contract/parts.ts'
import type { App } from '../http/context.ts'
import { endpoint, json } from '../http/endpoint.ts'
import { providerObject } from '../objects/names.ts'
import type { Availability } from '../rpc/provider.ts'
import { availabilityOf, type ModelAvailability, type Span } from '../use-cases/availability.ts'

/** Nobody needs a key, so an isolate asks its providers no more often than this. */
const FRESH_MS = 30_000

const span = z.object({
  start: time,
  known: z.number().meta({ description: 'Minutes of which it is known.' }),
  failing: z.number().meta({ description: 'Minutes in which no run could succeed.' }),
})

const StatusAnswer = z
  .object({
    status: z.enum(['up', 'degraded', 'down', 'unknown']),
    updatedAt: time,
    models: z.array(
      z.object({
        name: model,
        status: z.enum(['up', 'down', 'unknown']).meta({
          description: 'unknown: no run has ended yet, or it cannot be found out at the moment.',
        }),
        hours: z.array(span).meta({ description: 'The last 24 hours, the current one last.' }),
        days: z.array(span).meta({ description: 'The last 90 days (UTC), today last.' }),
      }),
    ),
  })
  .meta({ id: 'Status' })
type StatusAnswer = {
  readonly status: 'up' | 'degraded' | 'down' | 'unknown'
  readonly updatedAt: string
  readonly models: readonly ModelAvailability[]
}

const declaration = {
  summary: 'Which models are in order, and how available they were; public',
  responses: {
    200: {
      description: 'The state of the service; a page if text/html is preferred',
      content: {
        ...json('', StatusAnswer).content,
        'text/html': { schema: z.string() },
      },
    },
  },
} as const

export const status = new Hono<App>()

/** Of this isolate. */
let last: { readonly at: number; readonly answer: Promise<StatusAnswer> } | null = null

status.get(
  '/status',
  endpoint(declaration, async (c) => {
    const now = Date.now()
    if (last === null || now - last.at >= FRESH_MS || now < last.at) {
      last = { at: now, answer: read(c, now) }
      // Others wait for it too, so it goes on if the one who asked first hangs up.
      c.executionCtx.waitUntil(last.answer)
    }
    const answer = await last.answer
    c.header('cache-control', `public, max-age=${FRESH_MS / 1000}`)
    c.header('vary', 'Accept', { append: true })
    const supports = ['application/json', 'text/html']
    const wanted = accepts(c, { header: 'Accept', supports, default: 'application/json' })
    if (wanted !== 'text/html') return c.json(answer, 200)
    c.header('content-type', 'text/html; charset=utf-8')
    c.header('content-security-policy', CSP)
    c.header('x-content-type-options', 'nosniff')
    return c.body(String(page(answer)), 200)
  }),
)

async function read(c: Context<App>, now: number): Promise<StatusAnswer> {
  const providers = await Promise.all(
    c.get('settings').PROVIDERS.map(async ({ name, models }) => ({
      models,
      availability: await availabilityIn(c, name),
    })),
  )
  // Whatever the account's region: nobody asks here as an account.
  const served = providers.flatMap(({ models }) => models)
  const models = availabilityOf(
    modelNames.filter((name) => served.includes(name)),
    providers,
    now,
  )
  return { status: overall(models), updatedAt: new Date(now).toISOString(), models }
}

/** Of a provider whose object fails, nothing is known: as if it had run nothing. */
async function availabilityIn(c: Context<App>, provider: string): Promise<Availability> {
  try {
    return await providerObject(c.env, provider).availability()
  } catch (error) {
    const message = 'the availability of a provider is not known'
    console.error(JSON.stringify({ message, provider, error: String(error) }))
    return { since: null, outages: [] }
  }
}

function overall(models: readonly ModelAvailability[]): StatusAnswer['status'] {
  const known = new Set(models.map(({ status }) => status).filter((one) => one !== 'unknown'))
  if (known.size === 0) return 'unknown'
  return known.size > 1 ? 'degraded' : known.has('up') ? 'up' : 'down'
}

const CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const WORDS = {
  up: 'in order',
  down: 'out of order',
  degraded: 'partly out of order',
  unknown: 'not known yet',
}

function page({ status, updatedAt, models }: StatusAnswer) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Status: ${WORDS[status]} · ContextDrag</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<main>
<h1>The service is ${WORDS[status]}</h1>
<p>As of ${updatedAt.slice(0, 16).replace('T', ' ')} UTC. A model is out of order from the fifth failed run in a row, on every worker that serves it, to the next that ends well.</p>
<div class="wide"><table>
<thead><tr><th>Model</th><th>Now</th><th>24 hours</th><th>90 days</th><th>By day, today on the right; grey is not known</th></tr></thead>
<tbody>
${models.map(
  ({
    name,
    status,
    hours,
    days,
  }) => html`<tr><td>${name}</td><td>${WORDS[status]}</td><td>${share(hours)}</td><td>${share(days)}</td><td>${bars(days)}</td></tr>
`,
)}</tbody>
</table></div>
</main>
</body>
</html>
`
}

/** Of what is known. Rounded down, so that 100 % is all of it. */
function share(spans: readonly Span[]): string {
  const known = spans.reduce((sum, one) => sum + one.known, 0)
  const failing = spans.reduce((sum, one) => sum + one.failing, 0)
  if (known === 0) return '–'
  const percent = `${Math.floor(10_000 * (1 - failing / known)) / 100} %`
  return spans.at(0)?.known === 0 ? `${percent} of ${lengthOf(known)}` : percent
}

/** What is known where that is not all. @param minutes in all */
function lengthOf(minutes: number): string {
  if (minutes < 120) return `${Math.round(minutes)} min`
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}

/** A bar for each day, with how much of it was out of order. */
function bars(days: readonly Span[]) {
  return html`<svg width="${4 * days.length}" height="24" role="img" aria-label="Availability by day">${days.map(
    (day, i) => {
      const fill = day.known === 0 ? '#888' : day.failing === 0 ? '#2a9d5c' : '#d9534f'
      const date = day.start.slice(0, 10)
      return html`<rect x="${4 * i}" width="3" height="24" fill="${fill}"><title>${date}: ${share([day])}</title></rect>`
    },
  )}</svg>`
}
