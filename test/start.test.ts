/** `npm start` in its own process: a signal to npm ends both halves, also while they start. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '../infra/stack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** In the environment of npm and of all that it starts. */
const mark = `CONTEXTDRAG_TEST_START=${randomUUID()}`

/** Starts npm and waits for a text of its output. */
async function npmStart(
  port: number,
  awaited: string,
): Promise<{ npm: ChildProcess; prints: (text: string) => Promise<void> }> {
  const [name = '', value] = mark.split('=')
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), [name]: value },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  npm.stdout?.on('data', (text) => {
    out += text
  })
  const prints = async (text: string) => {
    for (let waited = 0; !out.includes(text) && waited < 120_000; waited += 50) await sleep(50)
    expect(out).toContain(text)
  }
  await prints(awaited)
  return { npm, prints }
}

/** The processes that npm has started and that still run (Linux). */
function running(): string[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'latin1').includes(mark)
    } catch {
      // It has ended since, or belongs to someone else.
      return false
    }
  })
}

const responds = (port: number) =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  )

test.each(['SIGTERM', 'SIGINT'] as const)('%s to npm ends both halves', async (signal) => {
  const port = await freePort()
  const { npm, prints } = await npmStart(port, 'Ready.')
  expect(await responds(port)).toBe(true)
  const origin = `http://127.0.0.1:${port}`
  const asked = await fetch(`${origin}/console/sign-in`, {
    method: 'POST',
    body: JSON.stringify({ email: 'someone@example.org' }),
    headers: { 'content-type': 'application/json', origin },
  })
  expect(asked.status).toBe(202)
  await prints(`${origin}/console/#sign-in=`)
  npm.kill(signal)
  await once(npm, 'exit')
  expect(await responds(port)).toBe(false)
  expect(running()).toEqual([])
})

test('SIGTERM while the halves start ends them, too', async () => {
  const { npm } = await npmStart(await freePort(), 'Starting the edge')
  npm.kill('SIGTERM')
  await once(npm, 'exit')
  expect(running()).toEqual([])
})
