/** A handler that breaks its declaration does not compile: these types are checked by tsc. */

import type { Context } from 'hono'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { App } from '../../../edge/http/context.ts'
import { type Declaration, endpoint, type Input, json } from '../../../edge/http/endpoint.ts'

const declaration = {
  summary: 'Read a thing',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json('The thing', z.object({ id: z.string(), steps: z.number() })),
    204: { description: 'No thing' },
  },
} as const satisfies Declaration

type Handler = Parameters<typeof endpoint<typeof declaration>>[1]

test('a handler may send every declared response', () => {
  const handler = async (c: Context<App>, { params }: Input<typeof declaration>) =>
    params.id === '' ? c.body(null, 204) : c.json({ id: params.id, steps: 1 }, 200)
  expectTypeOf(handler).toExtend<Handler>()
  expectTypeOf(endpoint(declaration, handler)).returns.resolves.toEqualTypeOf<Response>()
})

test('a field of another type does not compile', () => {
  const handler = async (c: Context<App>) => c.json({ id: 'a', steps: '1' }, 200)
  expectTypeOf(handler).not.toExtend<Handler>()
})

test('a missing field does not compile', () => {
  const handler = async (c: Context<App>) => c.json({ id: 'a' }, 200)
  expectTypeOf(handler).not.toExtend<Handler>()
})

test('an undeclared status does not compile', () => {
  const handler = async (c: Context<App>) => c.json({ id: 'a', steps: 1 }, 201)
  expectTypeOf(handler).not.toExtend<Handler>()
})

test('an empty body where one is declared does not compile', () => {
  const handler = async (c: Context<App>) => c.body(null, 200)
  expectTypeOf(handler).not.toExtend<Handler>()
})

test('a response that hides its status and body does not compile', () => {
  const handler = async (_c: Context<App>) => new Response(null, { status: 204 })
  expectTypeOf(handler).not.toExtend<Handler>()
})

test('a handler gets the request as declared', () => {
  expectTypeOf<Input<typeof declaration>['params']>().toEqualTypeOf<{ id: string }>()
  expectTypeOf<Input<typeof declaration>['body']>().toEqualTypeOf<undefined>()
})
