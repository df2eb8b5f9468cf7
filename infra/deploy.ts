/**
 * `npm run deploy`: checks an environment, deploys it with wrangler, then requests its health
 * check.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Argument, program } from 'commander'
import { unstable_readConfig } from 'wrangler'
import {
  consoleNotice,
  type Deployable,
  type DeployConfig,
  deployable,
  deployFaults,
} from './deploy-checks.ts'
import { newSecrets, publicKeyOf } from './secrets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const environment = new Argument('<environment>').choices(deployable)

program.name('deploy').description('Check an environment of the edge, and deploy it.')
program
  .command('check')
  .addArgument(environment)
  .description('check bindings, settings and licences only')
  .action((name: Deployable) => check(name, null))
program
  .command('to')
  .addArgument(environment)
  .description('check everything including secrets, deploy, and request /healthz')
  .action(deploy)
program
  .command('secrets')
  .description('print new secrets as JSON, for wrangler secret bulk')
  .action(printSecrets)
await program.parseAsync()

function read(name: Deployable): DeployConfig {
  return unstable_readConfig({ config: join(root, 'wrangler.toml'), env: name })
}

function check(name: Deployable, secrets: readonly string[] | null): void {
  const faults = deployFaults(read(name), name, secrets)
  if (faults.length === 0) {
    process.stdout.write(`${name} is ready to deploy${consoleNotice(read(name))}\n`)
    return
  }
  process.stderr.write(`${name} cannot be deployed:\n${faults.map((one) => `  ${one}\n`).join('')}`)
  process.exit(1)
}

async function deploy(name: Deployable): Promise<void> {
  check(name, secretsAt(name))
  const { status } = wrangler(['deploy', '--env', name], 'inherit')
  if (status !== 0) process.exit(status ?? 1)
  const url = `${read(name).vars.PUBLIC_ORIGIN}/healthz`
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) })
  if (!answer.ok) {
    process.stderr.write(`${url} returned ${answer.status}: ${await answer.text()}\n`)
    process.exit(1)
  }
  process.stdout.write(`${url} is up\n`)
}

/** Names of an environment's secrets; Cloudflare never returns their values. */
function secretsAt(name: Deployable): string[] {
  const { status, stdout } = wrangler(['secret', 'list', '--env', name, '--format', 'json'], 'pipe')
  if (status !== 0) process.exit(status ?? 1)
  return (JSON.parse(String(stdout)) as { name: string }[]).map((secret) => secret.name)
}

function wrangler(args: readonly string[], stdout: 'inherit' | 'pipe') {
  return spawnSync(process.execPath, [cli, ...args], {
    cwd: root,
    stdio: ['inherit', stdout, 'inherit'],
  })
}

function printSecrets(): void {
  const secrets = newSecrets()
  process.stdout.write(`${JSON.stringify(secrets, null, 2)}\n`)
  process.stderr.write(`The workers' RUN_PUBLIC_KEYS: ${publicKeyOf(secrets)}\n`)
}
