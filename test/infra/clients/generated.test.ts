import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { pythonOf } from '../../../infra/clients/python.ts'
import { type Schemas, shapesOf } from '../../../infra/clients/shapes.ts'
import { clientTypes } from '../../../infra/clients/write.ts'

const read = (name: string) =>
  readFile(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8')
const types = clientTypes(JSON.parse(await read('openapi.json')))

test('there is a file of types for every language', () => {
  expect(Object.keys(types).map((name) => name.split('/')[1])).toEqual([
    'python',
    'kotlin',
    'swift',
  ])
})

test.each(Object.entries(types))('%s is current: npm run openapi', async (name, text) => {
  expect(await read(name)).toBe(text)
})

describe('shapes', () => {
  const minimal = (schemas: Schemas): Schemas => ({
    ...Object.fromEntries(
      [
        ...['CreateEdit', 'CreatePlan', 'CreateMask', 'CreateUpload', 'Edit', 'CanceledEdit'],
        ...['EditList', 'Plan', 'Mask', 'Models', 'Upload', 'Usage', 'Problem', 'WebhookMessage'],
      ].map((name) => [name, { type: 'object', properties: { [name]: { type: 'string' } } }]),
    ),
    ...schemas,
  })
  const shape = (schemas: Schemas, name: string) =>
    shapesOf(minimal(schemas)).objects.find((one) => one.name === name)

  test('files are no fields of an input', () => {
    const properties = {
      image: { type: 'string' },
      mask: {},
      affects: {},
      seed: { type: 'integer' },
    }
    const { fields } = shape({ CreateEdit: { type: 'object', properties } }, 'EditInput') ?? {}
    expect(fields?.map(({ name }) => name)).toEqual(['seed'])
  })

  test('of several alternatives, only what all of them require is required', () => {
    const one = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    const other = {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' } },
      required: ['a', 'b'],
    }
    const { fields } = shape({ WebhookMessage: { oneOf: [one, other] } }, 'WebhookMessage') ?? {}
    expect(fields?.map(({ name, required }) => [name, required])).toEqual([
      ['a', true],
      ['b', false],
    ])
  })

  test.each([
    ['a type that is not known', { type: 'object', properties: { a: { type: 'date' } } }],
    ['alternatives that are no objects', { oneOf: [{ type: 'string' }, { type: 'object' }] }],
    [
      'a field of two kinds',
      {
        oneOf: ['string', 'number'].map((type) => ({
          type: 'object',
          properties: { a: { type } },
        })),
      },
    ],
  ])('%s is an error', (_, Edit) => {
    expect(() => shapesOf(minimal({ Edit }))).toThrow(/^Edit/)
  })

  test("words of Python's own become keys without becoming names", () => {
    const Usage = {
      type: 'object',
      properties: { from: { type: 'string' }, lambda: { type: 'number' } },
      required: ['from'],
    }
    const text = pythonOf(shapesOf(minimal({ Usage })))
    expect(text).toContain('"from": "str"')
    expect(text).toContain('"lambda": "float"')
    expect(text).toContain('class Usage(_UsageRequiredWords, _UsageWords')
  })
})
