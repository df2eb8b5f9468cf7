/** Writes the JVM client's types: classes for kotlinx.serialization that are usable from Java. */

import { wrapped } from './python.ts'
import type { Enumeration, Field, ObjectShape, Shapes, Type } from './shapes.ts'

const KEYWORDS = new Set(['in', 'is', 'as', 'object', 'val', 'var', 'fun', 'when', 'class'])
const WIDTH = 100

export function kotlinOf({ objects, enumerations }: Shapes): string {
  return `${[
    '// What the API takes and returns. Written by infra/clients/write.ts from openapi.json.',
    'package com.contextdrag',
    'import kotlinx.serialization.Serializable',
    ...enumerations.map(enumeration),
    ...objects.map((one) => (one.sent ? sent(one) : received(one))),
  ].join('\n\n')}\n`
}

/** Constants and no enum class: a later release of the API may return other values. */
function enumeration({ name, values }: Enumeration): string {
  const lines = values.map((value) => {
    const constant = value.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()
    return `    public const val ${constant}: String = "${value}"\n`
  })
  return `public object ${name} {\n${lines.join('')}}`
}

/** What must be given in the constructor, all else as properties: setters, for Java. */
function sent({ name, fields }: ObjectShape): string {
  const required = fields.filter((field) => field.required)
  const optional = fields.filter((field) => !field.required)
  const parameters = required.map(
    (field) => `${comment(field)}    public val ${nameOf(field)}: ${typeOf(field)},\n`,
  )
  const properties = optional.map(
    (field) => `${comment(field)}    public var ${nameOf(field)}: ${typeOf(field)} = null\n`,
  )
  const head = `@Serializable\npublic class ${name}${parameters.length > 0 ? `(\n${parameters.join('')})` : ''}`
  return properties.length === 0 ? head : `${head} {\n${properties.join('\n')}}`
}

function received({ name, fields }: ObjectShape): string {
  if (fields.length === 0) return `@Serializable\npublic class ${name}`
  const ordered = [
    ...fields.filter((field) => field.required),
    ...fields.filter((field) => !field.required),
  ]
  const parameters = ordered.map(
    (field) =>
      `${comment(field)}    public val ${nameOf(field)}: ${typeOf(field)}${field.required ? '' : ' = null'},\n`,
  )
  return `@Serializable\npublic data class ${name}(\n${parameters.join('')})`
}

function comment({ description, type }: Field): string {
  const values = type.kind === 'enumeration' ? `One of [${type.name}].` : null
  const text = [description, values].filter((part) => part !== null).join(' ')
  if (text === '') return ''
  const line = `    /** ${text} */`
  if (line.length <= WIDTH) return `${line}\n`
  return `    /**\n${wrapped(text, WIDTH - 7)
    .map((part) => `     * ${part}\n`)
    .join('')}     */\n`
}

function nameOf({ name }: Field): string {
  return KEYWORDS.has(name) ? `\`${name}\`` : name
}

function typeOf({ type, nullable, required }: Field): string {
  return `${plain(type)}${nullable || !required ? '?' : ''}`
}

function plain(type: Type): string {
  switch (type.kind) {
    case 'text':
    case 'enumeration':
      return 'String'
    case 'integer':
      return 'Long'
    case 'number':
      return 'Double'
    case 'boolean':
      return 'Boolean'
    case 'list':
      return `List<${plain(type.of)}>`
    case 'map':
      return `Map<String, ${plain(type.of)}>`
    case 'object':
      return type.name
  }
}
