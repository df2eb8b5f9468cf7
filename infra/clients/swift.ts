/** Writes the Swift client's types. */

import { wrapped } from './python.ts'
import type { Enumeration, Field, ObjectShape, Shapes, Type } from './shapes.ts'

/** Names that Swift has other uses for. */
const RENAMED: Readonly<Record<string, string>> = {
  self: 'edit',
  default: 'isDefault',
  in: 'within',
}
const WIDTH = 100

export function swiftOf({ objects, enumerations }: Shapes): string {
  return `${[
    '// What the API takes and returns. Written by infra/clients/write.ts from openapi.json.',
    'import Foundation',
    ...enumerations.map(enumeration),
    ...objects.map(object),
  ].join('\n\n')}\n`
}

/** A structure and no enum: a later release of the API may return other values. */
function enumeration({ name, values }: Enumeration): string {
  const constants = values.map((value) => {
    const constant = value
      .split(/[^A-Za-z0-9]+/)
      .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
      .join('')
    return `    public static let ${RENAMED[constant] ?? constant} = ${name}(rawValue: "${value}")\n`
  })
  return `public struct ${name}: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

${constants.join('')}}`
}

function object({ name, sent, fields }: ObjectShape): string {
  const stored = fields.map(
    (field) =>
      `${comment(field)}    public ${sent ? 'var' : 'let'} ${nameOf(field)}: ${typeOf(field)}\n`,
  )
  const parts = [stored.join(''), sent ? initializer(fields) : '', codingKeys(fields)]
  const content = parts.filter((part) => part !== '').join('\n')
  return `public struct ${name}: Codable, Sendable {${content === '' ? '' : `\n${content}`}}`
}

/** Takes what must be given; the rest is set afterwards. */
function initializer(fields: readonly Field[]): string {
  const required = fields.filter((field) => field.required)
  const parameters = required.map((field) => `${nameOf(field)}: ${typeOf(field)}`).join(', ')
  const lines = required.map((field) => `        self.${nameOf(field)} = ${nameOf(field)}\n`)
  return required.length === 0
    ? '    public init() {}\n'
    : `    public init(${parameters}) {\n${lines.join('')}    }\n`
}

/** Only where a name differs from the one in JSON. */
function codingKeys(fields: readonly Field[]): string {
  if (fields.every((field) => nameOf(field) === field.name)) return ''
  const cases = fields.map((field) =>
    nameOf(field) === field.name
      ? `        case ${field.name}\n`
      : `        case ${nameOf(field)} = "${field.name}"\n`,
  )
  return `    private enum CodingKeys: String, CodingKey {\n${cases.join('')}    }\n`
}

function comment({ description }: Field): string {
  if (description === null) return ''
  return wrapped(description, WIDTH - 8)
    .map((line) => `    /// ${line}\n`)
    .join('')
}

function nameOf({ name }: Field): string {
  return RENAMED[name] ?? name
}

function typeOf({ type, nullable, required }: Field): string {
  return `${plain(type)}${nullable || !required ? '?' : ''}`
}

function plain(type: Type): string {
  switch (type.kind) {
    case 'text':
      return 'String'
    case 'integer':
      return 'Int'
    case 'number':
      return 'Double'
    case 'boolean':
      return 'Bool'
    case 'list':
      return `[${plain(type.of)}]`
    case 'map':
      return `[String: ${plain(type.of)}]`
    case 'object':
    case 'enumeration':
      return type.name
  }
}
