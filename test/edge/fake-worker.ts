/** The GPU worker, played by the test: what it was given, what it answers, what it reports. */

import type { RunRequest } from '../../shared/run.ts'
import { dataUrl, greyPng, rectangleMask } from '../fixtures/png.ts'
import { type Account, call, json, SPARE, until, WORKER, world } from './app.ts'

export type Run = { readonly runId: string; readonly request: RunRequest; readonly origin: string }

/** An edit as its owner sees it. */
export type View = {
  id: string
  status: string
  seed: number
  progress: { step: number; steps: number }
  price: { amount: number }
  charged?: number
  urls: { self: string; events: string; cancel: string; result: string }
  error?: { code: string; detail: string }
  result?: { url: string; width: number; height: number; bytes: number }
  queue?: { position: number; seconds: number }
  metadata: Record<string, string>
}

export class FakeWorker {
  readonly runs: Run[] = []
  readonly cancelled: string[] = []
  /** Answers to handing over, one each, then 202. */
  submissions: (number | 'unreachable' | 'other models')[] = []
  /** What it says of a run. */
  report: (runId: string) => Response = (runId) =>
    Response.json({ runId, status: 'running', last: null })
  /** Whoever else is asked, such as webhook receivers. */
  others: (request: Request) => Response | Promise<Response> = () =>
    new Response(null, { status: 599 })

  constructor() {
    world(async (request) => {
      const { origin, pathname } = new URL(request.url)
      if (origin !== WORKER && origin !== SPARE) return this.others(request)
      const [, runId = ''] = /^\/v1\/runs\/([^/]+)/.exec(pathname) ?? []
      if (!/^v1;\d+;[\w-]{86}$/.test(request.headers.get('run-signature') ?? ''))
        return new Response(null, { status: 401 })
      if (request.method === 'POST') {
        this.cancelled.push(runId)
        return Response.json({})
      }
      if (request.method === 'GET') return this.report(runId)
      const answer = this.submissions.shift() ?? 202
      if (answer === 'unreachable') throw new TypeError('connection refused')
      if (answer === 'other models')
        return Response.json(
          { code: 'model_unavailable', detail: 'this worker does not serve embedded-fast' },
          { status: 503 },
        )
      if (answer !== 202)
        return Response.json(
          { code: 'conflict', detail: 'no' },
          { status: answer, headers: { 'retry-after': '0.1' } },
        )
      this.runs.push({ runId, request: (await request.json()) as RunRequest, origin })
      return Response.json({}, { status: 202 })
    })
  }

  /** The run of an edit that was accepted last. */
  run(edit: string, attempt?: number): Promise<Run> {
    return until(async () =>
      this.runs.findLast(({ runId }) =>
        attempt === undefined ? runId.includes(edit) : runId.endsWith(`${edit}.${attempt}`),
      ),
    )
  }
}

/** A body that is accepted. */
export async function editBody(change: Record<string, unknown> = {}) {
  return {
    image: dataUrl(await greyPng(128, 96, (x) => x)),
    mask: dataUrl(await rectangleMask(128, 96, 16, 16, 64, 64)),
    drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
    model: 'embedded-fast',
    ...change,
  }
}

/** Creates an edit that has to be accepted. */
export async function create(
  account: Account,
  change: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<View> {
  const answer = await account.post('/v1/edits', await editBody(change), headers)
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as View
}

export async function look(account: Account, id: string): Promise<View> {
  return (await json(await account.get(`/v1/edits/${id}`))) as View
}

/** Waits for the end of an edit. */
export function ended(account: Account, id: string, milliseconds = 20_000): Promise<View> {
  return until(async () => {
    const view = await look(account, id)
    return ['succeeded', 'failed', 'canceled', 'expired'].includes(view.status) ? view : null
  }, milliseconds)
}

/** An event of a run. */
export function tell(runId: string, token: string, event: unknown): Promise<Response> {
  return call(`/internal/runs/${runId}/events`, {
    method: 'POST',
    body: JSON.stringify(event),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
}

/** The path of one of our URLs. */
export function pathOf(url: string): string {
  return url.replace('https://api.example.com', '')
}

/** Stores a result as the worker does. */
export function store({ request }: Run, bytes: Uint8Array): Promise<Response> {
  return call(pathOf(request.result.url), {
    method: 'PUT',
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': 'image/png', 'content-length': String(bytes.length) },
  })
}

export const success = (seq: number, bytes: number) => ({
  seq,
  type: 'succeeded',
  result: { width: 128, height: 96, bytes },
  timings: { denoise: 3 },
})

/** Does a run to its end: started, stored, reported. */
export async function finish(run: Run, grey = 200): Promise<Uint8Array> {
  const { token } = run.request.events
  await tell(run.runId, token, { seq: 0, type: 'started' })
  const bytes = await greyPng(128, 96, () => grey)
  await store(run, bytes)
  await tell(run.runId, token, success(1, bytes.length))
  return bytes
}
