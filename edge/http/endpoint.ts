/**
 * A route's declaration beside its handler: the request is parsed as declared, the handler's
 * response has a declared status and body or does not compile, and the contract is made from the
 * declarations that the app mounts.
 *
 * Declarations have the types of @hono/zod-openapi. Its runtime is not used here: its validators read
 * bodies without a limit and have errors of their own. Only the generator of the document
 * (contract/document.ts) loads it.
 */

import type { RouteConfig } from '@hono/zod-openapi'
import type { Context, TypedResponse } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import type { JSONParsed } from 'hono/utils/types'
import { z } from 'zod'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import { type EditBody, readEditBody } from './bodies/edit-body.ts'
import { readJsonFiles } from './bodies/json.ts'
import type { LiftedFiles } from './bodies/lift.ts'
import type { App } from './context.ts'

/** What a route declares; method and path are Hono's. */
export type Declaration = Omit<RouteConfig, 'method' | 'path' | 'request'> & {
  readonly request?: {
    readonly params?: z.ZodObject
    readonly query?: z.ZodObject
    readonly headers?: z.ZodObject
    readonly body?: {
      readonly required: true
      readonly content: Record<string, { readonly schema: z.ZodType; readonly encoding?: Encoding }>
    }
  }
}

/** The media types of a form's fields. */
type Encoding = Record<string, { contentType: string }>

type Part<D, Name extends string> = D extends {
  request: { [K in Name]: infer Schema extends z.ZodType }
}
  ? z.output<Schema>
  : undefined

/** Forms have files: their fields are parsed by the handler. */
type Body<D> = D extends { request: { body: { content: infer Content } } }
  ? Content extends { 'multipart/form-data': unknown }
    ? EditBody
    : Content extends { 'application/json': { schema: infer Schema extends z.ZodType } }
      ? z.output<Schema>
      : undefined
  : undefined

/** The parsed request. */
export type Input<D extends Declaration> = {
  readonly params: Part<D, 'params'>
  readonly query: Part<D, 'query'>
  readonly headers: Part<D, 'headers'>
  readonly body: Body<D>
  /** Data URLs of a JSON body, of which the body has only the heads. They are freed after the handler. */
  readonly files: LiftedFiles
}

/** Handlers may return readonly lists and objects. */
type Shown<T> = T extends object ? { readonly [K in keyof T]: Shown<T[K]> } : T

type Sent<Content, Status extends StatusCode> = {
  [Media in keyof Content]: Media extends 'application/json'
    ? Content[Media] extends { schema: infer Schema extends z.ZodType }
      ? TypedResponse<JSONParsed<Shown<z.output<Schema>>>, Status, 'json'>
      : never
    : TypedResponse<string | ReadableStream | null, Status, 'body'>
}[keyof Content]

/** A declared response: its status with its body. Errors are thrown. */
export type Output<D extends Declaration> = {
  [Status in keyof D['responses'] & StatusCode]: D['responses'][Status] extends {
    content: infer Content
  }
    ? Sent<Content, Status>
    : TypedResponse<null, Status, 'body'>
}[keyof D['responses'] & StatusCode]

/** By handler: the contract finds the declarations of an app's routes here. */
export const declarations = new Map<unknown, Declaration>()

/**
 * A handler that parses the request as declared. @throws EditError for what does not fit
 */
export function endpoint<const D extends Declaration>(
  declaration: D,
  handler: (c: Context<App>, input: Input<D>) => Promise<Response & Output<D>>,
): (c: Context<App>) => Promise<Response> {
  const { params, query, headers, body } = declaration.request ?? {}
  const handle = async (c: Context<App>): Promise<Response> => {
    const input = {
      params: params === undefined ? undefined : parseRequest(params, c.req.param()),
      query: query === undefined ? undefined : parseRequest(query, c.req.query()),
      headers: headers === undefined ? undefined : parseHeaders(headers, c),
    }
    const { release, ...read } = body === undefined ? NO_BODY : await readBody(body.content, c)
    try {
      return await handler(c, { ...input, ...read } as Input<D>)
    } finally {
      release()
    }
  }
  declarations.set(handle, declaration)
  return handle
}

/** An invalid header is always `invalid_request`. */
function parseHeaders(schema: z.ZodType, c: Context<App>): unknown {
  const parsed = schema.safeParse(c.req.header())
  if (parsed.success) return parsed.data
  throw new EditError('invalid_request', parsed.error.issues[0]?.message ?? 'a header is not valid')
}

type ReadBody = { readonly body: unknown; readonly files: LiftedFiles; release(): void }

const NO_BODY: ReadBody = { body: undefined, files: {}, release: () => {} }

async function readBody(
  content: Record<string, { readonly schema: z.ZodType }>,
  c: Context<App>,
): Promise<ReadBody> {
  if ('multipart/form-data' in content) {
    const body = await readEditBody(c)
    return { body, files: {}, release: body.release }
  }
  const { value, files, release } = await readJsonFiles(c)
  try {
    const schema = content['application/json']?.schema ?? z.never()
    return { body: parseRequest(schema, value), files, release }
  } catch (error) {
    release()
    throw error
  }
}

/** A JSON response, to be declared. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON request body, to be declared. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } } as const
}

/** The `id` of a path. */
export const IdParams = z.object({ id: z.string() })
