/**
 * `npm start`: brings up edge and worker, waits until both are ready, and prints a line that edits
 * a sample.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, Stack } from './stack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const SAMPLE = 'samples/balloon'

const verbose = process.argv.includes('--verbose')
const stack = await Stack.prepare({
  secretsFile: join(root, '.wrangler', 'secrets.env'),
  stateFolder: join(root, '.wrangler', 'state'),
  edgePort: await freePort(Number(process.env.PORT ?? 8787)),
  workerPort: await freePort(8788),
  log: (line) => {
    if (verbose || /error|failed/i.test(line)) process.stderr.write(`${line}\n`)
  },
})

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await stack.stop()
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

process.stdout.write('Starting the edge (workerd) and the worker (CPU, embedded checkpoint) ...\n')
try {
  await stack.start()
} catch (error) {
  await stack.stop()
  throw error
}
const drags = (await readFile(join(root, SAMPLE, 'drags.json'), 'utf8')).trim()
process.stdout.write(`
Ready at ${stack.origin}

Edit a sample picture; the answer names the result's URL, and the second line fetches it:

  curl -s ${stack.origin}/v1/edits -H 'authorization: Bearer ${stack.secrets.API_KEY}' -F image=@${SAMPLE}/photo.jpg -F mask=@${SAMPLE}/mask.png -F 'drags=${drags}' | tee edit.json

  curl -s --retry 9 --retry-all-errors -f -o edited.png -H 'authorization: Bearer ${stack.secrets.API_KEY}' "$(sed -E 's/.*"result":"([^"]+)".*/\\1/' edit.json)"

Contract: ${stack.origin}/openapi.json    Stop: Ctrl+C
`)
