/** Edits: create, list, look at, follow, cancel, delete, fetch the result. */

import { type Context, Hono } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import type { App } from '../../http/app.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import { accountOf } from '../../http/idempotent.ts'
import { editObject } from '../../objects/names.ts'
import { isOpen } from '../../rpc/edit/state.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { base64url, fromBase64url } from '../../secrets.ts'
import { createEdit, preferredWait } from './create.ts'
import { editView, indexedNow, readEdit } from './view.ts'

const MAX_PAGE = 100

export const edits = new Hono<App>()

edits.post('/', requireKey('edits:write'), createEdit)

edits.get('/', requireKey('edits:read'), requireAccountKey, async (c) => {
  const { limit = '20', cursor, ...rest } = c.req.query()
  const count = Number(limit)
  if (!Number.isInteger(count) || count < 1 || count > MAX_PAGE)
    throw new EditError('invalid_option', `limit is ${limit}, not 1 to ${MAX_PAGE}`, {
      pointer: '/limit',
    })
  const page = await accountOf(c)
    .edits()
    .list(count + 1, cursor === undefined ? null : parseCursor(cursor), metadataFilter(rest))
  const shown = page.slice(0, count)
  const views = await Promise.all(
    shown.map(async (row) =>
      // What is still open, only the edit's own object knows.
      editView(c, row.final === null ? await readEdit(c, row.id) : indexedNow(row)),
    ),
  )
  const last = shown.at(-1)
  const next = page.length > count && last !== undefined ? { next: cursorOf(last) } : {}
  return c.json({ edits: views, ...next })
})

edits.get('/:id', requireKey('edits:read'), async (c) => {
  const now = await readEdit(c, c.req.param('id'), preferredWait(c.req.header('prefer')))
  const etag = `W/"${now.id.slice(-8)}-${now.status}-${now.version}"`
  // Signed URLs run out, so that what is over is still worth a fresh look after a while.
  c.header('etag', etag)
  if (c.req.header('if-none-match') === etag) return c.body(null, 304)
  return c.json(await editView(c, now))
})

edits.get('/:id/events', requireKey('edits:read'), async (c) => {
  const { id } = c.req.param()
  // Judges who asks, and whether there is such an edit.
  await readEdit(c, id)
  await accountOf(c).edits().handOver(id)
  const lastEvent = c.req.header('last-event-id')
  const answer = await stubOf(c, id).fetch('https://edit/events', {
    headers: lastEvent === undefined ? {} : { 'last-event-id': lastEvent },
  })
  if (answer.status === 404) throw new EditError('not_found', `the events of ${id} are not kept`)
  c.header('content-type', 'text/event-stream')
  c.header('cache-control', 'no-store')
  return c.newResponse(answer.body)
})

edits.post('/:id/cancel', requireKey('edits:write'), async (c) => {
  const { id } = c.req.param()
  await readEdit(c, id)
  await accountOf(c).edits().handOver(id)
  const { charged } = unwrap(await stubOf(c, id).cancel())
  return c.json({ ...(await editView(c, await readEdit(c, id))), chargedOnCancel: charged })
})

edits.delete('/:id', requireKey('edits:write'), async (c) => {
  const { id } = c.req.param()
  await readEdit(c, id)
  await accountOf(c).edits().handOver(id)
  await stubOf(c, id).remove()
  await accountOf(c).edits().remove(id)
  return c.body(null, 204)
})

edits.get('/:id/result', requireKey('edits:read'), async (c) => {
  const { id } = c.req.param()
  const { status, result } = await readEdit(c, id)
  if (result === null)
    throw new EditError(
      'not_found',
      `edit ${id} has no result, its status is ${status}`,
      isOpen(status) ? { retryAfter: 1 } : {},
    )
  const object = await c.env.BUCKET.get(result.key)
  if (object === null)
    throw new EditError('not_found', `the result of edit ${id} is no longer kept`)
  const headers = new Headers({
    etag: object.httpEtag,
    'content-length': String(object.size),
    'cache-control': 'private, max-age=3600',
  })
  object.writeHttpMetadata(headers)
  return c.body(object.body, 200, Object.fromEntries(headers))
})

function stubOf(c: Context<App>, id: string) {
  const { region, account } = c.get('caller').credential
  return editObject(c.env, region, account, id)
}

/** `metadata.name=value`, any number of them. @throws EditError for any other parameter */
function metadataFilter(query: Record<string, string>): Record<string, string> {
  const entries = Object.entries(query).map(([name, value]) => {
    const match = /^metadata\.([\w.-]{1,40})$/.exec(name)
    if (match === null)
      throw new EditError('invalid_request', `there is no parameter ${name}`, {
        pointer: `/${name}`,
      })
    return [match[1] as string, value] as const
  })
  return Object.fromEntries(entries)
}

function cursorOf({ createdAt, id }: { readonly createdAt: number; readonly id: string }): string {
  return base64url(new TextEncoder().encode(JSON.stringify([createdAt, id])))
}

function parseCursor(cursor: string): { createdAt: number; id: string } {
  try {
    const [createdAt, id] = JSON.parse(new TextDecoder().decode(fromBase64url(cursor)))
    if (typeof createdAt === 'number' && typeof id === 'string') return { createdAt, id }
  } catch {
    // Not ours; refused below.
  }
  throw new EditError('invalid_request', 'the cursor is not one of ours', { pointer: '/cursor' })
}
