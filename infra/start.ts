/**
 * `npm start`: starts edge and worker, waits until both are ready, and prints a command that edits a
 * sample.
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
  // For webhooks to a receiver on this machine: docs/api.md.
  ...(process.env.ALLOWED_PRIVATE_ORIGINS !== undefined && {
    edgeVars: { ALLOWED_PRIVATE_ORIGINS: process.env.ALLOWED_PRIVATE_ORIGINS },
  }),
  log: (line) => {
    const [link] = /http\S+\/console\/#sign-in=\S+/.exec(line) ?? []
    if (link !== undefined) process.stdout.write(`\nSign in to the console:\n\n  ${link}\n`)
    else if (verbose || /"error"|failed|Error:/.test(line)) process.stderr.write(`${line}\n`)
  },
})

/** Starts both halves. @returns a test key */
async function start(): Promise<string> {
  await stack.start()
  const { key } = await stack.openAccount('npm start', 'test', 0)
  return key
}

let stopped: Promise<never> | null = null
function stop(): Promise<never> {
  stopped ??= stack.stop().then(() => process.exit(0))
  return stopped
}
// npm passes a signal on to its child, which package.json makes this process instead of a shell.
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

process.stdout.write(
  'Starting the edge (workerd) and the GPU worker (on the CPU: instant, and the embedded backbones) ...\n',
)
const key = await start().catch(async (error) => {
  // A signal during the start makes the halves fail; that is no fault of theirs.
  await stopped
  await stack.stop()
  throw error
})
const drags = (await readFile(join(root, SAMPLE, 'drags.json'), 'utf8')).trim()
process.stdout.write(`
Ready. Open this page to drag things in a photo:

  ${stack.origin}

Or edit a sample from the command line. The response contains the result's URL; the second command
downloads it:

  curl -s ${stack.origin}/v1/edits -H 'authorization: Bearer ${key}' -H 'idempotency-key: '$(date +%s) -H 'prefer: wait=60' -F image=@${SAMPLE}/photo.jpg -F mask=@${SAMPLE}/mask.png -F 'drags=${drags}' | tee edit.json

  curl -s -f -o edited.png "$(sed -E 's/.*"url":"([^"]+)".*/\\1/' edit.json)"

Console: ${stack.origin}/console/ (enter any address there: the link to sign in is then printed here)
API reference: ${stack.origin}/docs    OpenAPI: ${stack.origin}/openapi.json    Stop: Ctrl+C
This is a test key: free, and limited to instant and the embedded models. Operator commands: npm run --silent contextdrag -- admin --help
`)
