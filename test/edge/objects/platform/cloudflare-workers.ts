/** `cloudflare:workers` in Node: base classes with nothing but what our classes use. */

export class DurableObject<Env> {
  protected readonly ctx: unknown
  protected readonly env: Env

  constructor(ctx: unknown, env: Env) {
    this.ctx = ctx
    this.env = env
  }
}

export class RpcTarget {}
