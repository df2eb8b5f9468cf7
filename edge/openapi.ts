/** The contract as OpenAPI 3.1, generated from the wire schemas. */

import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { CreateEdit, CreatePlan } from '../shared/edit.ts'
import { type ErrorCode, errorTable } from '../shared/errors.ts'
import { editStatuses } from './objects/edit-state.ts'

const size = z.object({ width: z.number().int(), height: z.number().int() })
const grid = z.object({ rows: z.number().int(), cols: z.number().int() })
const indices = z.array(z.number().int())

const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    pointer: z.string().optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' })

const EditSchema = z
  .object({
    id: z.string(),
    status: z.enum(editStatuses),
    model: z.string(),
    seed: z.number().int(),
    progress: z.object({ step: z.number().int(), steps: z.number().int() }),
    image: size,
    workingSize: size,
    plan: z.object({
      grid,
      sourceMask: z.number().int(),
      targets: z.number().int(),
      view: z.number().int(),
      editRegion: z.number().int(),
    }),
    urls: z.object({ self: z.url(), result: z.url() }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    result: z.object({ ...size.shape, bytes: z.number().int() }).optional(),
    timings: z.record(z.string(), z.number()).optional(),
    error: ProblemSchema.optional(),
  })
  .meta({ id: 'Edit' })

const PlanSchema = z
  .object({
    workingSize: size,
    grid,
    sourceMask: indices,
    targets: indices,
    sources: indices,
    view: z.object({ tokens: indices, positions: indices }),
    editRegion: indices,
  })
  .meta({ id: 'Plan' })

const refusal = {
  description: 'A refusal',
  content: { 'application/problem+json': { schema: ProblemSchema } },
}
const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})
const bearer = [{ key: [] }]
const id = z.object({ id: z.string() })
const file = z.string().meta({ format: 'binary' })
const picture = { schema: file }

const contract = new OpenAPIHono()
const { openAPIRegistry: registry } = contract
registry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
registry.registerPath({
  method: 'post',
  path: '/v1/edits',
  summary: 'Start an edit',
  security: bearer,
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: CreateEdit },
        // In a form, fields that are not plain words are written as JSON.
        'multipart/form-data': {
          schema: CreateEdit.extend({ image: file, mask: file.optional() }).meta({
            id: 'CreateEditForm',
          }),
        },
      },
    },
  },
  responses: { 202: json('Accepted; it goes on by itself', EditSchema), default: refusal },
})
registry.registerPath({
  method: 'get',
  path: '/v1/edits/{id}',
  summary: 'Look at an edit',
  security: bearer,
  request: { params: id },
  responses: { 200: json('The edit as it stands', EditSchema), default: refusal },
})
registry.registerPath({
  method: 'get',
  path: '/v1/edits/{id}/result',
  summary: 'The edited photo',
  security: bearer,
  request: { params: id },
  responses: {
    200: {
      description: 'The picture',
      content: { 'image/png': picture, 'image/jpeg': picture, 'image/webp': picture },
    },
    default: refusal,
  },
})
registry.registerPath({
  method: 'post',
  path: '/v1/plan',
  summary: 'Which tokens would move where; runs nothing',
  security: bearer,
  request: { body: { required: true, content: { 'application/json': { schema: CreatePlan } } } },
  responses: { 200: json('The plan, in flat token indices', PlanSchema), default: refusal },
})
registry.registerPath({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the edge is up',
  responses: { 200: json('It is', z.object({ status: z.literal('ok') })) },
})

/** The document for a server that clients reach under `origin`. */
export function openApiDocument(origin: string) {
  return contract.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'ContextDrag',
      version: '0.1.0',
      description: 'Drag things in a photo.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: origin }],
  })
}
