/** Writes the types of the clients in other languages from openapi.json; `npm run openapi` does. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kotlinOf } from './kotlin.ts'
import { pythonOf } from './python.ts'
import { type Schemas, shapesOf } from './shapes.ts'
import { swiftOf } from './swift.ts'

/** The files by path, relative to the project. */
export function clientTypes(document: {
  readonly components: { readonly schemas: Schemas }
}): Readonly<Record<string, string>> {
  const shapes = shapesOf(document.components.schemas)
  return {
    'clients/python/src/contextdrag/contract.py': pythonOf(shapes),
    'clients/kotlin/src/main/kotlin/com/contextdrag/Contract.kt': kotlinOf(shapes),
    'clients/swift/Sources/ContextDragClient/Contract.swift': swiftOf(shapes),
  }
}

if (import.meta.main) {
  const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const document = JSON.parse(await readFile(file('openapi.json'), 'utf8'))
  for (const [name, text] of Object.entries(clientTypes(document))) {
    await mkdir(dirname(file(name)), { recursive: true })
    await writeFile(file(name), text)
  }
}
