/**
 * The tools of `contextdrag mcp`, for models that edit photos through the API. Knows no transport.
 */

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { ContextDrag, type EditInput, type Plan, type PlanInput } from '../../client/index.ts'
import { CreatePlan } from '../../shared/edit/bodies.ts'
import { EditSettings } from '../../shared/edit/settings.ts'
import { CreateMask } from '../../shared/mask-request.ts'
import { given } from '../arguments.ts'
import { failed, said, save, shown, together } from './answers.ts'
import { type Extra, follow } from './follow.ts'
import { MASK, maskFor, PHOTO, photoFor, sizeOf, storedPhoto } from './photos.ts'

export type McpOptions = {
  /** Origin of the API. */
  readonly baseUrl: string
  /** An account key or a client token. */
  readonly key: string
  /** Where pictures are saved. */
  readonly folder: string
  readonly version: string
}

const point = z.strictObject({ x: z.number(), y: z.number() })
const drags = z
  .array(z.strictObject({ handle: point, target: point }))
  .describe(
    'What moves: from the handle, a point on the thing, to the target, in pixels of the photo. If both are equal, the drag is a pin, which holds what is there.',
  )
const box = z.array(z.number().min(0).max(1000)).length(4)
const moves = z
  .array(z.strictObject({ from: box, to: box, rotate: z.number().min(-180).max(180).optional() }))
  .optional()
  .describe(
    'Instead of drags: things that go from one box to another, each box [top, left, bottom, right] from 0 to 1000 over the photo; rotate is in degrees clockwise.',
  )
const photo = z.string().describe(PHOTO)
const mask = z
  .string()
  .optional()
  .describe(`${MASK} White on what moves. Default: the thing at each handle is found.`)
const { model, steps } = CreatePlan.shape
const { prompt, seed, maskKind, scope } = EditSettings.shape
const options = z
  .record(z.string(), z.unknown())
  .optional()
  .describe(
    'Further options of POST /v1/edits by their names, such as {"steps": 8}. {"n": 4} makes four candidates, each at the price of an edit.',
  )
const editId = z.string().regex(/^edit_[0-9a-f]+$/)

/** The most seconds of a tool call: MCP clients give up after a minute unless they hear of progress. */
const MAX_WAIT_SECONDS = 600

export function mcpServer({ baseUrl, key, folder, version }: McpOptions): McpServer {
  const api = new ContextDrag({ baseUrl, key })
  const server = new McpServer(
    { name: 'contextdrag', version },
    {
      instructions:
        'Edits photos by dragging things in them. Look at the photo first to know where things are, in its own pixels. plan is free and tells the price; edit costs it. If edit returns before the edit is over, ask get; do not edit again.',
    },
  )
  const answer = (work: () => Promise<CallToolResult>) =>
    work().catch((error: unknown) => failed(error, baseUrl))

  server.registerTool(
    'plan',
    {
      title: 'Plan an edit',
      description:
        'The price of an edit, how much of the photo it changes, and warnings. Runs nothing, and is free.',
      inputSchema: { photo, drags: drags.optional(), moves, mask, model, steps },
      annotations: { readOnlyHint: true },
    },
    ({ photo, mask, ...fields }, extra) =>
      answer(async () => {
        const image = await sizeOf(api, photo, extra.signal)
        const png = mask === undefined ? undefined : await dataUrl(await maskFor(mask, '/mask'))
        const asked = { image, ...given({ mask: png, ...fields }) }
        return said(summary(await api.plan(asked as PlanInput)))
      }),
  )

  server.registerTool(
    'edit',
    {
      title: 'Edit a photo',
      description:
        'Moves things in a photo and returns the picture, its file and its URL; of several candidates, all of them. Costs the price that plan tells, for each.',
      inputSchema: {
        photo,
        drags: drags.optional(),
        moves,
        mask,
        model,
        prompt: prompt.unwrap().optional(),
        seed,
        maskKind: maskKind.unwrap().optional(),
        scope,
        options,
        idempotencyKey: z
          .string()
          .min(1)
          .optional()
          .describe('Repeat a call with the same value, and nothing is made or paid twice.'),
        waitSeconds: z
          .number()
          .min(0)
          .max(MAX_WAIT_SECONDS)
          .default(50)
          .describe('After this the edit is returned as it is, and goes on; ask get for it.'),
      },
      annotations: { destructiveHint: false },
    },
    ({ photo, mask, options, idempotencyKey, waitSeconds, ...fields }, extra) =>
      answer(async () => {
        const input = {
          ...options,
          ...fields,
          image: await photoFor(photo),
          ...(mask !== undefined && { mask: await maskFor(mask, '/mask') }),
        }
        const made = await api.edit(input as EditInput, {
          ...(idempotencyKey !== undefined && { idempotencyKey }),
          signal: extra.signal,
        })
        const told = { messages: 0 }
        const { candidates = [made] } = made
        return together(candidates, baseUrl, async (id) => {
          await follow(api, id, waitSeconds, extra, told)
          return show(id, extra, candidates.length)
        })
      }),
  )

  server.registerTool(
    'get',
    {
      title: 'Get an edit',
      description:
        'The state of an edit, and its picture when it has succeeded, which is saved as a file. Without an id: the newest edits. An edit with retention none deletes itself soon after its picture was fetched.',
      inputSchema: { id: editId.optional() },
      annotations: { destructiveHint: false },
    },
    ({ id }, extra) => answer(() => (id === undefined ? newest() : show(id, extra))),
  )

  server.registerTool(
    'mask',
    {
      title: 'Find the mask of a thing',
      description:
        'The outline of a thing in a photo, as a PNG that edit takes as its mask. Free. Uploads the photo, and saves the mask as a file. Pass points on the thing (or beside it, with on: false), or a box.',
      inputSchema: { photo, points: CreateMask.shape.points.optional(), box: CreateMask.shape.box },
      annotations: { destructiveHint: false },
    },
    ({ photo, points, box }, extra) =>
      answer(async () => {
        const image = await storedPhoto(api, photo, extra.signal)
        const asked = { image, ...(points && { points }), ...(box && { box }) }
        const found = await api.mask(asked, { signal: extra.signal })
        const png = Buffer.from(found.mask.split(',')[1] ?? '', 'base64')
        const file = await save(folder, `mask-${crypto.randomUUID()}`, png)
        const { width, height, score } = found
        return shown({ file, photo: Object.values(image)[0], width, height, score }, png)
      }),
  )

  server.registerTool(
    'models',
    {
      title: 'List models',
      description: 'The models that this key may use, best first.',
      annotations: { readOnlyHint: true },
    },
    () => answer(async () => said(await api.models())),
  )

  /** An edit with its picture, which is saved. @param count how many are shown together */
  async function show(id: string, { signal }: Extra, count = 1): Promise<CallToolResult> {
    const { status, model, seed, progress, price, charged, warnings, result, error, queue } =
      await api.get(id, signal)
    const state = { id, status, model, seed, price, charged, warnings }
    if (error !== undefined) return { ...said({ ...state, error }), isError: true }
    if (status !== 'succeeded') return said({ ...state, progress, queue })
    const picture = new Uint8Array(await (await api.result(id, signal)).arrayBuffer())
    const file = await save(folder, id, picture)
    const { url, expiresAt } = result ?? {}
    return shown({ ...state, file, url, expiresAt }, picture, count)
  }

  async function newest(): Promise<CallToolResult> {
    const edits = []
    for await (const { id, status, model, createdAt, charged } of api.list()) {
      edits.push({ id, status, model, createdAt, charged })
      if (edits.length === SHOWN_EDITS) break
    }
    return said({ edits })
  }

  return server
}

const SHOWN_EDITS = 10

/** A plan without its lists of tokens, which tell a model nothing. */
function summary({ workingSize, area, grid, targets, editRegion, warnings, price }: Plan) {
  const changed = editRegion.length / (grid.rows * grid.cols)
  return { price, workingSize, area, moved: targets.length, changedShare: changed, warnings }
}

async function dataUrl(png: Blob): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await png.arrayBuffer()).toString('base64')}`
}
