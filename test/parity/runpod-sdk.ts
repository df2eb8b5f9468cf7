/**
 * Our double of RunPod has to satisfy RunPod's own SDK before it judges our adapter.
 *
 *     python3 -m venv venv && venv/bin/pip install runpod==1.12.0
 *     node test/parity/runpod-sdk.ts venv/bin/python
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FakeRunPod } from '../fixtures/servers/runpod.ts'

const [python = 'python3'] = process.argv.slice(2)
const runpod = await FakeRunPod.start()
const script = fileURLToPath(new URL('./runpod_sdk.py', import.meta.url))
const worker = spawn(python, [script], {
  stdio: 'inherit',
  // A group of its own: the SDK leaves its ping process behind.
  detached: true,
  env: {
    ...process.env,
    ...runpod.environment,
    // This machine need not be one that RunPod would rent out.
    RUNPOD_SKIP_AUTO_SYSTEM_CHECKS: 'true', RUNPOD_SKIP_GPU_CHECK: 'true',
    RUNPOD_LOG_LEVEL: 'WARN',
  },
})
try {
  const good = [1, 2, 3].map((number) => runpod.submit({ number }))
  const bad = runpod.submit({ fail: true })
  const long = runpod.submit({ number: 21, seconds: 2.5 })
  for (const [index, id] of good.entries())
    assert.deepEqual((await runpod.until(id)).output, { doubled: 2 * (index + 1) })
  const failed = await runpod.until(bad)
  assert.equal(failed.status, 'FAILED')
  assert.match(failed.error ?? '', /asked to fail/)
  assert.equal((await runpod.until(long)).status, 'COMPLETED')
  assert.deepEqual(runpod.jobs.get(long)?.progress, [{ step: 1 }])
  assert.ok(runpod.pings.length >= 3, 'pings')
  assert.ok(runpod.pings.some((job) => job !== null && job.includes(long)), 'a ping names its job')
  assert.deepEqual(runpod.complaints, [])
  process.stdout.write(`RunPod's SDK: 5 jobs, ${runpod.pings.length} pings, no complaint\n`)
} finally {
  worker.kill('SIGTERM')
  await sleep(500)
  if (worker.pid !== undefined) process.kill(-worker.pid, 'SIGKILL')
  await runpod.stop()
}
