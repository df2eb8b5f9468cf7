/** What an accept is measured beside: `/hello` from Hono alone, and `/write`, one write of one object. */

import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'

type Env = { readonly FLOOR: DurableObjectNamespace<FloorObject> }

export class FloorObject extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS row (id TEXT, at INTEGER)')
  }

  async write(): Promise<void> {
    this.ctx.storage.sql.exec('INSERT INTO row VALUES (?, ?)', crypto.randomUUID(), Date.now())
  }
}

const app = new Hono<{ Bindings: Env }>()
app.get('/hello', (c) => c.text('hello'))
app.post('/write', async (c) => {
  await c.env.FLOOR.getByName('one').write()
  return c.text('written', 202)
})

export default app
