/**
 * What an accept is measured beside: `/hello` from Hono alone; `/write`, one write of one object, which is
 * the floor; and `/store`, what no accept can do without: the same body read, its photo put into a bucket, the
 * write, and a line logged.
 */

import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'

type Env = {
  readonly FLOOR: DurableObjectNamespace<FloorObject>
  readonly BUCKET: R2Bucket
}

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

app.post('/store', async (c) => {
  const { image } = await c.req.json<{ image: string }>()
  await c.env.BUCKET.put(crypto.randomUUID(), image)
  await c.env.FLOOR.getByName('one').write()
  console.log(JSON.stringify({ message: 'request', route: 'POST /store', status: 202 }))
  return c.text('stored', 202)
})

export default app
