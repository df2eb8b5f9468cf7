import { generateKeyPairSync } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from 'vitest/node'
import { isMutated, mutated } from './test/edge/objects/mutants/all.ts'
import { endsInTime } from './test/edge/workerd-pool.ts'

const secret = (name: string) => `test-${name}-test-${name}`
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const models = ['instant', 'embedded', 'embedded-fast']
const providers = [
  {
    kind: 'http',
    name: 'first',
    url: 'https://worker.example.com',
    models,
    slots: 50,
    masks: true,
  },
  { kind: 'http', name: 'second', url: 'https://spare.example.com', models: ['embedded-fast'] },
]

/**
 * Whatever a test of the edge does not play itself is answered here, never by the network. Workers go on with the
 * runs of tests that are over: were they out of reach, the providers of a later test would count as faulty.
 */
function unplayed({ url, method }: { readonly url: string; readonly method: string }): Response {
  const { origin, pathname } = new URL(url)
  if (!providers.some((provider) => provider.url === origin))
    return new Response('no network', { status: 503 })
  if (method !== 'GET') return Response.json({}, { status: method === 'PUT' ? 202 : 200 })
  return Response.json({ runId: pathname.split('/').at(-1), status: 'running', last: null })
}

/** Tests that start the edge, the worker or both. */
const twoProcesses = [
  'end-to-end',
  'contract',
  'blob-urls',
  'runpod',
  'clients',
  'infra/clients/pair',
  'cli/mcp/server',
  'infra/site/build',
  'start',
  'billing',
].map((name) => `test/${name}.test.ts`)
/** The same, and a browser. */
const pages = 'test/page/*.test.ts'

/** vitest leaves a core to itself by default; on two cores that is half of the machine. */
const maxWorkers = Math.max(2, availableParallelism() - 1)
/**
 * onnxruntime's threads spin while they wait, and take the cores from the suite beside. Without SAM,
 * unless a test is about it: it would be loaded by the page's first click.
 */
const env = { THREADS: '1', SAM: 'none' }

/** Where edge and worker run as processes. */
const STACK_TEST_MS = 180_000
/** Node loads the modules itself: through vite's runner, loops over pixels take twice as long. */
const experimental = { viteModuleRunner: false }

/** Of the projects whose suites start edge and worker: one pair at a time. */
const oneStack = {
  fileParallelism: false,
  testTimeout: STACK_TEST_MS,
  hookTimeout: STACK_TEST_MS,
  env,
  experimental,
}

/**
 * Says which suite begins; vitest's own reporter says how it ended. Under load, a pool of workerd has
 * been seen to stay open after its last suite, with every result in: then the run ends here, and says
 * so.
 */
class Progress implements Reporter {
  #open = 0
  #failed = false
  #timer: NodeJS.Timeout | undefined

  onTestRunStart(suites: readonly unknown[]) {
    this.#open = suites.length
  }

  onTestModuleStart({ project, relativeModuleId }: TestModule) {
    process.stdout.write(` … ${project.name} ${relativeModuleId}\n`)
  }

  onTestModuleEnd(suite: TestModule) {
    this.#failed ||= !suite.ok()
    this.#open--
    if (this.#open === 0) this.#timer = setTimeout(() => this.#stop(), POOL_CLOSES_MS)
  }

  onTestRunEnd() {
    clearTimeout(this.#timer)
  }

  #stop() {
    process.stdout.write(
      `every suite has ended, but a pool is still open after ${POOL_CLOSES_MS / 1000} s\n`,
    )
    process.exit(this.#failed ? 1 : 0)
  }
}
const POOL_CLOSES_MS = 60_000

/** `npm test` asks for a report. */
const report = process.env.TEST_REPORT

/** Left out of the quick run: they start processes, open large models or compute for seconds. */
const slow = [
  'test/cli/**',
  'test/client/**',
  'test/edge/doors.test.ts',
  'test/edge/memory/**',
  'test/edge/objects/**',
  'test/edge/playground/preview/**',
  'test/evaluation/**',
  'test/gpu-worker/backbones/components.test.ts',
  'test/gpu-worker/backbones/embedded/**',
  'test/gpu-worker/backbones/flux1/**',
  'test/gpu-worker/backbones/registry.test.ts',
  'test/gpu-worker/backbones/self-test.test.ts',
  'test/gpu-worker/checkpoint/fetch.test.ts',
  'test/gpu-worker/edit*.test.ts',
  'test/gpu-worker/inpainting/**',
  'test/gpu-worker/instant/**',
  'test/gpu-worker/main.test.ts',
  'test/gpu-worker/mask/**',
  'test/gpu-worker/onnx/ops.test.ts',
  'test/gpu-worker/onnx/session.test.ts',
  'test/gpu-worker/runpod/**',
  'test/gpu-worker/sam/**',
  'test/gpu-worker/server.test.ts',
  'test/gpu-worker/storage/**',
  'test/infra/setup.test.ts',
  'test/samples/**',
  'test/shared/edit/instant-work.test.ts',
  'test/shared/geometry/fields/**',
  'test/shared/instant/**',
  'test/shared/segmentation/**',
]

/** The longest suites first, so that nothing has to wait for one of them at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.name !== 'node') return project.name === 'property' ? 0 : 1
      return slow.some((path) => moduleId.includes(path.replace(/\*.*/, ''))) ? 2 : 3
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

const quick = process.env.TEST_QUICK !== undefined
const leftOut = quick ? slow : []
/** In both Node and workerd: the edge must give the integers that Node gives. */
const geometry = 'test/shared/geometry/**/*.test.ts'
const guards = 'test/edge/**/*.guards.test.ts'
/** Loops over pixels that only a browser runs: twice as fast in Node as through vite in workerd. */
const preview = 'test/edge/playground/preview/**'
const edgeInWorkerd = [
  'test/edge/!(playground)/**',
  'test/edge/*.test.ts',
  'test/edge/playground/!(preview)/**',
]
/** In both, because their streams differ. */
const streams = 'test/shared/files/inflate.test.ts'

const asked = process.argv.flatMap((word, i, all) =>
  word === '--project' ? (all[i + 1] ?? '') : [],
)
/** To load the plugin takes seconds: only a run that includes workerd does. */
const inPlugin = asked.length === 0 || asked.some((project) => project.includes('workerd'))
const plugin = inPlugin ? await import('@cloudflare/vitest-plugin') : null

/** The plugins of a project whose tests run in workerd, as the edge does. */
const workerd = () => [
  // Takes away the guard that MUTANT names, as hooks.ts does in Node.
  {
    name: 'mutant',
    enforce: 'pre',
    transform: (text, id) => (isMutated(id) ? mutated(id, text) : undefined),
  },
  plugin?.cloudflareTest({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      outboundService: unplayed,
      bindings: {
        PUBLIC_ORIGIN: 'https://api.example.com',
        CALLBACK_ORIGIN: 'https://api.example.com',
        BUCKET_JURISDICTION: 'eu',
        PROVIDERS: JSON.stringify(providers),
        OPERATOR_TOKEN: secret('operator'),
        KEY_PEPPERS: `2:${secret('pepper')},1:${secret('older-pepper')}`,
        BLOB_SECRET: secret('blob'),
        SEALING_SECRET: secret('sealing'),
        STRIPE_SECRET_KEY: 'sk_test_double0000000',
        STRIPE_WEBHOOK_SECRETS: 'whsec_newer-newer-newer,whsec_older-older-older',
        TOPUP_PACKS: JSON.stringify([
          { id: 'small', amount: 10_000_000 },
          { id: 'large', amount: 50_000_000, credit: 60_000_000 },
        ]),
        RUN_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
        // For the tests alone: what a worker would be given.
        RUN_PUBLIC_KEY: publicKey.export({ format: 'jwk' }).x ?? '',
        // Longer than anything takes on a busy machine that is to happen before.
        DISPATCH_SECONDS: '8',
        // Longer than a suite takes: a run that a test leaves behind would be lost, and with a few of them its provider.
        RUN_SECONDS: '600',
        POLL_SECONDS: '0.1',
      },
    },
  }),
]
/** A busy machine may take seconds where a test takes milliseconds. */
const WORKERD_TEST_MS = 120_000
const inWorkerd = globSync(['test/edge/**/*.test.ts', geometry, streams], {
  cwd: import.meta.dirname,
  exclude: [preview],
}).filter((file) => !/\.(guards|property)\.test\.ts$/.test(file))
/** These leave objects behind, or end them in the middle of their work: all is deleted after each. */
const withObjects = inWorkerd.filter((file) =>
  /'cloudflare:(test|workers)'|\/(app|fake-worker)\.ts'/.test(
    readFileSync(new URL(file, import.meta.url), 'utf8'),
  ),
)

export default defineConfig({
  test: {
    // Workers and objects log every fault that a test makes.
    silent: 'passed-only',
    reporters:
      report === undefined
        ? ['default']
        : ['default', new Progress(), ['json', { outputFile: report }]],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...edgeInWorkerd, 'test/kills.test.ts', pages, ...twoProcesses, ...leftOut],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers,
          env,
          experimental,
          // A process takes longer to start than most suites do.
          isolate: false,
        },
      },
      {
        // The objects of the edge by the thousand: in Node, over a double of their storage.
        test: {
          name: 'property',
          include: ['test/**/*.property.test.ts'],
          maxWorkers,
          execArgv: ['--import', new URL('test/edge/objects/hooks.ts', import.meta.url).href],
          experimental,
        },
      },
      {
        // One guard of the objects each, in Node as well: `test/edge/objects/mutate.ts` removes them.
        test: {
          name: 'guards',
          include: [guards],
          exclude: leftOut,
          maxWorkers,
          execArgv: ['--import', new URL('test/edge/objects/hooks.ts', import.meta.url).href],
          experimental,
          isolate: false,
        },
      },
      {
        test: {
          name: 'kills',
          include: ['test/kills.test.ts'],
          testTimeout: 900_000,
          env,
          experimental,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'end-to-end',
          include: twoProcesses,
          ...oneStack,
          // By itself: it has another number of workers.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'pages',
          include: [pages],
          ...oneStack,
          globalSetup: './test/fixtures/page/servers.ts',
          // What a page shows on a busy machine may take seconds; to look too often makes it busier.
          expect: { poll: { timeout: 60_000, interval: 150 } },
          sequence: { groupOrder: 3 },
        },
      },
      {
        plugins: [...workerd(), endsInTime],
        test: {
          name: 'workerd',
          include: withObjects,
          exclude: leftOut,
          setupFiles: './test/edge/reset.ts',
          testTimeout: WORKERD_TEST_MS,
          maxWorkers,
          // To start a workerd, and load the edge into it, takes longer than most suites.
          isolate: false,
        },
      },
      {
        plugins: [...workerd(), endsInTime],
        test: {
          name: 'one-workerd',
          include: inWorkerd.filter((file) => !withObjects.includes(file)),
          exclude: quick ? [...leftOut, geometry] : leftOut,
          testTimeout: WORKERD_TEST_MS,
          maxWorkers,
          // A workerd takes more than a second to start, which is longer than most suites.
          isolate: false,
        },
      },
    ],
  },
})
