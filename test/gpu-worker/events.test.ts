/** How a worker's events are delivered, against an edge that answers as it is told. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EventReporter } from '../../gpu-worker/events.ts'
import { greyPng } from '../fixtures/png.ts'
import { FakeEdge } from '../fixtures/servers/fake-edge.ts'

let edge: FakeEdge
let logged: string[]
beforeEach(async () => {
  edge = await FakeEdge.listen(Buffer.from(await greyPng(8, 8, () => 1)))
  logged = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => void logged.push(line))
})
afterEach(() => {
  edge.close()
  vi.restoreAllMocks()
})

async function reportTo(answer: number): Promise<void> {
  edge.answers = [answer]
  const reporter = new EventReporter({ url: `${edge.origin}/events`, token: 't' })
  reporter.report({ type: 'started' })
  await reporter.settled()
}

test.each([400, 401, 404])(
  'an event that is refused with %i is logged, and not sent again',
  async (status) => {
    await reportTo(status)
    expect(edge.answers).toEqual([])
    expect(edge.events).toEqual([])
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      { message: 'event refused', seq: 0, type: 'started', status, answer: 'as it was told' },
    ])
  },
)

test.each([204, 409])(
  'nothing is logged after %i: it arrived, or the run is over',
  async (status) => {
    await reportTo(status)
    expect(logged).toEqual([])
  },
)

test('after 503 it is sent again', async () => {
  await reportTo(503)
  expect(edge.events).toEqual([{ type: 'started', seq: 0 }])
  expect(logged).toEqual([])
})
