/** When `infra/setup.mjs` installs packages: in a small project, with an `npm` that only records. */

import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const setup = fileURLToPath(new URL('../../infra/setup.mjs', import.meta.url))
const plain = { version: '1.0.0', integrity: 'sha512-a' }
const here = { optional: true, os: [process.platform], cpu: [process.arch] }
const elsewhere = { optional: true, os: ['aix'], cpu: ['ppc64'] }
const wanted = {
  '': { name: 'small' },
  'node_modules/plain': plain,
  'node_modules/here': { ...plain, ...here },
  'node_modules/elsewhere': { ...plain, ...elsewhere },
}
const { 'node_modules/plain': _, ...withoutPlain } = wanted
const { 'node_modules/here': __, ...withoutHere } = wanted
const { 'node_modules/elsewhere': ___, ...afterCi } = wanted

/** Whether the setup calls npm in a project with these installed packages; null: none at all. */
async function installs(packages: Record<string, unknown> | null): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'contextdrag-setup-'))
  const calls = join(root, 'calls')
  await mkdir(join(root, 'infra'))
  await mkdir(join(root, 'bin'))
  await mkdir(join(root, 'node_modules'))
  await cp(setup, join(root, 'infra', 'setup.mjs'))
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
  await writeFile(join(root, 'bin', 'npm'), `#!/bin/sh\necho "$@" >> ${calls}\nexit 1\n`)
  await chmod(join(root, 'bin', 'npm'), 0o755)
  if (packages !== null)
    await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
  // Without npm it fails later, at the files that it would copy.
  spawnSync(process.execPath, [join(root, 'infra', 'setup.mjs')], {
    env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` },
  })
  const called = await readFile(calls, 'utf8').catch(() => '')
  return called.startsWith('ci ')
}

test.each([
  ['after a plain npm ci', afterCi, false],
  ['with nothing installed', null, true],
  ['without a package', withoutPlain, true],
  ['without an optional package for this machine', withoutHere, true],
  ['with another version', { ...afterCi, 'node_modules/plain': { ...plain, version: '2' } }, true],
  [
    'with the same version from elsewhere',
    { ...afterCi, 'node_modules/plain': { ...plain, integrity: 'sha512-b' } },
    true,
  ],
])('%s', async (_, packages, expected) => {
  expect(await installs(packages)).toBe(expected)
})
