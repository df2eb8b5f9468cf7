/** Writes the Python client's types: dictionaries with known keys, for type checkers alone. */

import type { Enumeration, Field, ObjectShape, Shapes, Type } from './shapes.ts'

/** Words that cannot name a field in the class form. */
const KEYWORDS = new Set(['lambda', 'from', 'in', 'is', 'as', 'import', 'class', 'global', 'pass'])
const WIDTH = 100

export function pythonOf({ objects, enumerations }: Shapes): string {
  const head = [
    '"""What the API takes and returns. Written by infra/clients/write.ts from openapi.json."""',
    'from __future__ import annotations\n\nfrom typing import Dict, List, Literal, Optional, TypedDict',
    ...enumerations.map(enumeration),
  ].join('\n\n')
  return `${[head, ...objects.map(object)].join('\n\n\n')}\n`
}

function enumeration({ name, values }: Enumeration): string {
  const [only] = values
  if (values.length === 1) return `${name} = Literal["${only}"]`
  return `${name} = Literal[\n${values.map((value) => `    "${value}",\n`).join('')}]`
}

/**
 * Before Python 3.11, all keys of a class are required or none is: the required ones, and keywords,
 * come from a base.
 */
function object({ name, fields }: ObjectShape): string {
  const bases: string[] = []
  const parts: string[] = []
  const words = fields.filter((field) => KEYWORDS.has(field.name))
  for (const required of [true, false]) {
    const some = words.filter((field) => field.required === required)
    if (some.length === 0) continue
    const base = `_${name}${required ? 'Required' : ''}Words`
    const entries = some.map((field) => `        "${field.name}": "${typeOf(field)}",\n`)
    parts.push(
      `${base} = TypedDict(\n    "${base}",\n    {\n${entries.join('')}    },${required ? '' : '\n    total=False,'}\n)`,
    )
    bases.push(base)
  }
  const plain = fields.filter((field) => !KEYWORDS.has(field.name))
  const required = plain.filter((field) => field.required)
  const optional = plain.filter((field) => !field.required)
  if (optional.length === 0) return [...parts, body(name, bases, required, true)].join('\n\n\n')
  if (required.length > 0) {
    const base = `_${name}Required`
    parts.push(body(base, bases, required, true))
    bases.splice(0, bases.length, base)
  }
  return [...parts, body(name, bases, optional, false)].join('\n\n\n')
}

function body(name: string, bases: readonly string[], fields: readonly Field[], total: boolean) {
  const heads = [...(bases.length === 0 ? ['TypedDict'] : bases), ...(total ? [] : ['total=False'])]
  const lines = fields.map(
    (field) => `    ${field.name}: ${typeOf(field)}\n${documented(field.description)}`,
  )
  return `class ${name}(${heads.join(', ')}):\n${lines.join('') || '    pass\n'}`.trimEnd()
}

function documented(description: string | null): string {
  if (description === null) return ''
  const text = `    """${description.replaceAll('\\', '\\\\')}"""`
  if (text.length <= WIDTH) return `${text}\n`
  const lines = wrapped(description, WIDTH - 4).map((line) => `    ${line}`.trimEnd())
  return `    """\n${lines.join('\n')}\n    """\n`
}

/** Text as lines of at most `width` characters. */
export function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

function typeOf({ type, nullable }: Field): string {
  return nullable ? `Optional[${nameOf(type)}]` : nameOf(type)
}

function nameOf(type: Type): string {
  switch (type.kind) {
    case 'text':
      return 'str'
    case 'integer':
      return 'int'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'list':
      return `List[${nameOf(type.of)}]`
    case 'map':
      return `Dict[str, ${nameOf(type.of)}]`
    case 'object':
    case 'enumeration':
      return type.name
  }
}
