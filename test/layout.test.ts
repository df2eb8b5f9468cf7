/**
 * The shape of the repository as a test: which folder may import which, how long a file may be, how
 * many share a folder.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const MAX_LINES = 400
const MAX_FILES = 12

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
/** Written by generators. */
const GENERATED = ['client/contract.ts']
const sources = tracked.filter((file) => /\.(tsx?|mjs)$/.test(file) && !GENERATED.includes(file))
const code = sources.filter((file) => file.includes('/') && !file.startsWith('test/'))

/** Imports of a file: repository paths for our own, package names for the rest. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s+'([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => (match[1] ?? match[2]) as string,
  )
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  )
}

const isOurs = (specifier: string) =>
  /^(shared|edge|gpu-worker|cli|client|evaluation|infra|samples|test)\//.test(specifier)
/** Pages that are served beside the edge, not parts of it. */
const PAGES = ['edge/playground', 'edge/console/page']
const folderOf = (path: string) =>
  PAGES.find((page) => path.startsWith(`${page}/`)) ??
  (path.startsWith('gpu-worker/') ? workerFolderOf(path) : (path.split('/')[0] as string))

/** Folders of the worker are parts, and so is each folder of its backbones. */
function workerFolderOf(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders.slice(0, folders[1] === 'backbones' ? 3 : 2).join('/')
}

/** What a backbone's folder may import: it implements `Family` from the shared parts. */
const FAMILY = [
  'shared',
  'gpu-worker/backbones',
  'gpu-worker/backbones/parts',
  'gpu-worker/onnx',
  'gpu-worker/checkpoint',
  'gpu-worker/sampler',
]

/** What each part may import of ours, besides itself. */
const allowed: Record<string, string[]> = {
  shared: [],
  edge: ['shared'],
  'edge/playground': ['shared', 'client'],
  'edge/console/page': ['client'],
  'gpu-worker/onnx': [],
  'gpu-worker/checkpoint': ['shared', 'gpu-worker/onnx'],
  'gpu-worker/sampler': ['shared'],
  'gpu-worker/photo': ['shared'],
  'gpu-worker/storage': ['shared'],
  'gpu-worker/provenance': ['shared', 'gpu-worker/photo'],
  // One edit in one process, for those that need no server.
  'gpu-worker/local': [
    'shared',
    'gpu-worker',
    'gpu-worker/backbones',
    'gpu-worker/inpainting',
    'gpu-worker/instant',
    'gpu-worker/mask',
    'gpu-worker/sam',
    'gpu-worker/sampler',
  ],
  'gpu-worker/inpainting': ['shared', 'gpu-worker/onnx', 'gpu-worker/checkpoint'],
  'gpu-worker/mask': ['shared', 'gpu-worker/photo', 'gpu-worker/sam'],
  'gpu-worker/instant': [
    'shared',
    'gpu-worker',
    'gpu-worker/inpainting',
    'gpu-worker/mask',
    'gpu-worker/photo',
  ],
  'gpu-worker/runpod': ['shared', 'gpu-worker'],
  'gpu-worker/sam': ['shared', 'gpu-worker/onnx', 'gpu-worker/photo', 'gpu-worker/checkpoint'],
  // What families share knows none of them, and a family no other one, unless it says so here.
  'gpu-worker/backbones/parts': [
    'shared',
    'gpu-worker/onnx',
    'gpu-worker/checkpoint',
    'gpu-worker/sampler',
  ],
  'gpu-worker/backbones/flux1': FAMILY,
  'gpu-worker/backbones/embedded': [...FAMILY, 'gpu-worker/backbones/flux1'],
  'gpu-worker/backbones': [
    ...FAMILY,
    'gpu-worker/backbones/flux1',
    'gpu-worker/backbones/flux2',
    'gpu-worker/backbones/embedded',
    'gpu-worker/backbones/longcat',
  ],
  'gpu-worker': [
    'shared',
    'gpu-worker/backbones',
    'gpu-worker/inpainting',
    'gpu-worker/instant',
    'gpu-worker/mask',
    'gpu-worker/photo',
    'gpu-worker/provenance',
    'gpu-worker/runpod',
    'gpu-worker/sam',
    'gpu-worker/sampler',
    'gpu-worker/storage',
  ],
  cli: [
    'client',
    'evaluation',
    'shared',
    'gpu-worker',
    'gpu-worker/backbones',
    'gpu-worker/checkpoint',
    'gpu-worker/inpainting',
    'gpu-worker/instant',
    'gpu-worker/local',
    'gpu-worker/mask',
    'gpu-worker/photo',
    'gpu-worker/sam',
    'gpu-worker/storage',
  ],
  client: [],
  // Nobody imports it but the command line.
  evaluation: [
    'shared',
    'client',
    'gpu-worker',
    'gpu-worker/backbones',
    // FLUX.1-Fill is FLUX.1 with other inputs, and only a peer.
    'gpu-worker/backbones/flux1',
    'gpu-worker/backbones/parts',
    'gpu-worker/checkpoint',
    'gpu-worker/inpainting',
    'gpu-worker/instant',
    'gpu-worker/local',
    'gpu-worker/mask',
    'gpu-worker/onnx',
    'gpu-worker/photo',
    'gpu-worker/sam',
    'gpu-worker/sampler',
    'samples',
  ],
  // The deploy checks judge settings as the edge does.
  infra: ['shared', 'edge'],
  samples: [
    'shared',
    // Its preview is a column of the contact sheet.
    'edge/playground',
    'gpu-worker',
    'gpu-worker/backbones',
    'gpu-worker/inpainting',
    'gpu-worker/instant',
    'gpu-worker/photo',
    'gpu-worker/sam',
  ],
}

test.each(code)('%s imports in the right direction', (file) => {
  const folder = folderOf(file)
  // A new backbone needs no rule of its own.
  const may = allowed[folder] ?? (folder.startsWith('gpu-worker/backbones/') ? FAMILY : undefined)
  expect(may, `${folder} has no rule`).toBeDefined()
  const foreign = importsOf(file).filter(
    (path) => isOurs(path) && folderOf(path) !== folder && !may?.includes(folderOf(path)),
  )
  expect(foreign).toEqual([])
})

/** The first circle of imports among `files`, types included, as a path; null where there is none. */
function circleIn(files: readonly string[]): string | null {
  const within = new Set(files)
  const done = new Set<string>()
  const search = (file: string, path: readonly string[]): string | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' -> ')
    if (done.has(file)) return null
    for (const next of importsOf(file).filter((one) => within.has(one))) {
      const circle = search(next, [...path, file])
      if (circle !== null) return circle
    }
    done.add(file)
    return null
  }
  for (const file of files) {
    const circle = search(file, [])
    if (circle !== null) return circle
  }
  return null
}

test.each(['edge', 'shared', 'gpu-worker', 'cli', 'client', 'evaluation'])(
  '%s has no import cycle',
  (folder) => {
    expect(circleIn(code.filter((file) => file.startsWith(`${folder}/`)))).toBeNull()
  },
)

/** The rooms of the edge from top to bottom: each may import from those below it, and from itself. */
const EDGE_LAYERS = [
  ['index.ts'],
  ['app.ts'],
  ['routes'],
  ['console'],
  ['contract'],
  ['http'],
  ['use-cases'],
  ['objects'],
  ['bindings.ts'],
  ['rpc'],
  ['dispatch', 'outbound'],
  ['storage', 'access', 'memory'],
  ['settings'],
  ['secrets.ts', 'retry-after.ts'],
]
const edgeFiles = code.filter(
  (file) => file.startsWith('edge/') && !PAGES.some((page) => file.startsWith(`${page}/`)),
)
const roomOf = (file: string) => file.split('/')[1] ?? ''
const layerOf = (file: string) => EDGE_LAYERS.findIndex((layer) => layer.includes(roomOf(file)))

test.each(edgeFiles)('%s imports only from lower folders of the edge', (file) => {
  expect(layerOf(file), `${roomOf(file)} has no layer`).toBeGreaterThanOrEqual(0)
  const upward = importsOf(file).filter(
    (path) =>
      path.startsWith('edge/') && roomOf(path) !== roomOf(file) && layerOf(path) <= layerOf(file),
  )
  expect(upward).toEqual([])
})

test('a route of the edge imports no other route, and use cases and below do not import Hono', () => {
  const routes = edgeFiles.filter((file) => roomOf(file) === 'routes')
  const siblings = routes.filter((file) =>
    importsOf(file).some((path) => path.startsWith('edge/routes/')),
  )
  expect(siblings).toEqual([])
  const domain = edgeFiles.filter(
    (file) => !['app.ts', 'routes', 'console', 'contract', 'http'].includes(roomOf(file)),
  )
  expect(domain.filter((file) => importsOf(file).some((path) => /^hono(\/|$)/.test(path)))).toEqual(
    [],
  )
})

test("an object calls another's target only so that it lets go of it", () => {
  const target = /(?<!withTarget\()this\.#account\(\w+\)\.\w+\(\)/
  const held = edgeFiles.filter(
    (file) =>
      file.startsWith('edge/objects/') && target.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(held).toEqual([])
})

test('fewer than six files are directly in edge/', () => {
  expect(edgeFiles.filter((file) => dirname(file) === 'edge').length).toBeLessThan(6)
})

/** Files that `file` imports, and those that they import, and so on; packages by name. */
function reachedFrom(files: readonly string[]): Set<string> {
  const reached = new Set<string>()
  const visit = (path: string) => {
    if (reached.has(path)) return
    reached.add(path)
    if (isOurs(path) && /\.tsx?$/.test(path)) for (const next of importsOf(path)) visit(next)
  }
  files.forEach(visit)
  return reached
}

test("the page's bundle contains no schema library", () => {
  const page = code.filter(
    (file) => file.startsWith('edge/playground/') && !file.endsWith('vite.config.ts'),
  )
  const reached = reachedFrom(page)
  const packages = [...reached].filter((path) => !isOurs(path))
  expect(reached).toContain('shared/segmentation/segmenter.ts')
  expect(new Set(packages)).toEqual(
    new Set(['preact', 'preact/hooks', 'eventsource-parser/stream']),
  )
})

test("the console's bundle contains its own code and preact", () => {
  const page = code.filter(
    (file) => file.startsWith('edge/console/page/') && !file.endsWith('vite.config.ts'),
  )
  const reached = [...reachedFrom(page)].filter((path) => !page.includes(path))
  // Of the client it takes the types alone.
  expect(new Set(reached)).toEqual(new Set(['preact', 'preact/hooks', 'client/contract.ts']))
})

test('shared depends on zod alone, and the geometry on nothing', () => {
  for (const file of code.filter((path) => path.startsWith('shared/'))) {
    const packages = importsOf(file).filter((path) => !isOurs(path))
    expect(
      packages.filter((name) => name !== 'zod'),
      file,
    ).toEqual([])
  }
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const path of importsOf(file)) {
      if (!isOurs(path)) expect.fail(`${file} imports ${path}`)
      visit(path)
    }
  }
  code.filter((path) => path.startsWith('shared/geometry/')).forEach(visit)
  expect(reached.size).toBeGreaterThan(8)
})

test('onnxruntime is imported by one file, and the environment read by the configuration', () => {
  expect(code.filter((file) => importsOf(file).includes('onnxruntime-node'))).toEqual([
    'gpu-worker/onnx/session-thread.ts',
  ])
  const readers = code.filter(
    (file) =>
      /^(gpu-worker|cli)\//.test(file) &&
      readFileSync(join(root, file), 'utf8').includes('process.env'),
  )
  expect(readers).toEqual(['cli/config.ts', 'gpu-worker/config.ts'])
})

test('names of backbones are written in their table, their registry and their own folders', () => {
  const names = /'(embedded|embedded-fast|flux1-kontext-dev)'/
  const files = code.filter(
    (file) =>
      /^(shared|gpu-worker|cli)\//.test(file) && names.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(files).toEqual([
    'gpu-worker/backbones/embedded/checkpoint.ts',
    'gpu-worker/backbones/registry.ts',
    'shared/backbones.ts',
  ])
})

test.each(sources)('%s is at most 400 lines', (file) => {
  expect(readFileSync(join(root, file), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(
    MAX_LINES,
  )
})

/** What others use in other languages; its types are written by a generator. */
const abroad = tracked.filter((file) => /^clients\/.*\.(py|kt|java|swift)$/.test(file))
const written = abroad.filter((file) => !/\/contract\.\w+$/i.test(file))

test.each(written)('%s is at most 400 lines', (file) => {
  expect(readFileSync(join(root, file), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(
    MAX_LINES,
  )
})

test('no folder is crowded', () => {
  const counts = new Map<string, number>()
  for (const file of [...sources, ...abroad])
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > MAX_FILES)).toEqual([])
})

test('every test is at the path of the code it tests', () => {
  const places = new Set(code.map((file) => dirname(file)))
  // Those of two processes are for no file alone.
  const whole = ['test', 'test/page']
  const tests = sources.filter(
    (file) => file.endsWith('.test.ts') && !whole.includes(dirname(file)),
  )
  expect(tests.filter((file) => !places.has(dirname(file).replace(/^test\//, '')))).toEqual([])
})

test('the root holds the project, and nothing that was put there to try it', () => {
  const strangers = tracked.filter(
    (file) => !file.includes('/') && !/^(\.\w+|LICENSE|[\w.-]+\.(json|md|toml|ts))$/.test(file),
  )
  expect(strangers).toEqual([])
})
