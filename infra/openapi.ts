/**
 * `npm run openapi`: writes openapi.json from the schemas of the edge, and from it the types of the
 * clients. The generator of types wants another TypeScript than ours, so it runs from npm's cache.
 */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { clientTypes } from './clients/write.ts'

const GENERATOR = ['openapi-typescript@7.13.0', 'typescript@5.9.3']

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const { version } = JSON.parse(await readFile(file('package.json'), 'utf8'))
// Not a literal: the edge is type-checked against the Workers' types, this file against Node's.
const sources = { document: file('edge/contract/document.ts'), app: file('edge/app.ts') }
const { openApiDocument } = await import(sources.document)
const { app } = await import(sources.app)
const text = `${JSON.stringify(openApiDocument(app, version), null, 2)}\n`
await writeFile(file('openapi.json'), text)

const types = file('client/contract.ts')
const { status, stdout, stderr } = spawnSync(
  'npm',
  [
    'exec',
    '--yes',
    ...GENERATOR.map((name) => `--package=${name}`),
    '--',
    'openapi-typescript',
    file('openapi.json'),
    '--default-non-nullable=false',
  ],
  { encoding: 'utf8', shell: process.platform === 'win32' },
)
if (status !== 0) throw new Error(`openapi-typescript failed:\n${stderr}`)
// The digest lets a test see, without the generator, that both files belong together.
const digest = createHash('sha256').update(text).digest('hex')
await writeFile(types, `// From openapi.json, SHA-256 ${digest}.\n${stdout}`)

for (const [name, content] of Object.entries(clientTypes(JSON.parse(text))))
  await writeFile(file(name), content)
