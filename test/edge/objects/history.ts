/**
 * A history: operations as clients, workers and time bring them about, in any order, done to a
 * universe; and what has to be true of it in the end.
 */

import type { AccountRpc } from '../../../edge/rpc/account/account.ts'
import type { AcceptRequest } from '../../../edge/rpc/account/edits.ts'
import type { EditRpc } from '../../../edge/rpc/edit/edit.ts'
import type { Outcome } from '../../../edge/rpc/outcome.ts'
import type { RunEvent } from '../../../shared/run.ts'
import { Crash } from './durable-objects.ts'
import type { Action, Operation } from './operations.ts'
import { type Kind, Universe } from './universe.ts'

export const ACCOUNT = 'aaaaaaaaaaaa'
const KEY = {
  kind: 'key',
  mode: 'live',
  region: 'auto',
  account: ACCOUNT,
  id: 'k',
  hash: 'h',
} as const
const CLIENT = { ...KEY, kind: 'client', id: 'c', hash: 'i' } as const
/** Edits a client token starts with. */
const CLIENT_EDITS = 2
const PRICE = 100
const ENDS = ['succeeded', 'failed', 'canceled', 'expired']

/** Everything about the money that is true at any moment, in one row. */
const BOOKS = `SELECT
  (SELECT amount FROM balance) AS balance,
  (SELECT SUM(amount) FROM ledger) AS sum,
  (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM ledger WHERE kind IN ('capture', 'release') GROUP BY edit)) AS settlements,
  (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM ledger WHERE kind = 'refund' GROUP BY edit)) AS refunds,
  (SELECT COUNT(*) FROM ledger AS refund WHERE kind = 'refund' AND NOT EXISTS
    (SELECT 1 FROM ledger WHERE edit = refund.edit AND kind = 'capture' AND seq < refund.seq)) AS gifts`

export class History {
  readonly universe: Universe
  readonly #account: AccountRpc
  /** What each Idempotency-Key was answered with. */
  readonly #answers = new Map<number, Set<string>>()
  readonly #topups = new Set<number>()
  /** How edits ended, as soon as they did. */
  readonly #ends = new Map<string, string>()
  /** Every run that was ever handed over, in this order. */
  readonly #runs: string[] = []
  #serial = 0
  /** Edits that have come to an end. */
  settled = 0

  constructor(empty: Kind | null) {
    this.universe = new Universe(empty)
    this.#account = this.universe.object('account', ACCOUNT)
  }

  async begin(): Promise<void> {
    await this.#account.open({ id: ACCOUNT, name: 'property', region: 'auto' })
    const limits = { parent: null, ratePerMinute: null, spendPerMonth: null }
    const key = { id: 'k', hash: 'h', mode: 'live', name: '', expiresAt: null, ...limits } as const
    await this.#account.keys().create(null, '', { ...key, scopes: ['edits:write'] })
    await this.#account.clientTokens().create(null, '', {
      id: 'c',
      hash: 'i',
      mode: 'live',
      key: 'k',
      name: '',
      edits: CLIENT_EDITS,
      expiresAt: this.universe.now + 86_400_000,
      maxSpend: null,
      maxSteps: null,
      models: null,
      origins: null,
    })
    const events = ['edit.succeeded', 'edit.failed', 'edit.canceled', 'edit.expired'] as const
    const sealed = 'AAAA.d2hzZWNfQUFBQQ'
    const url = 'https://hooks.example/'
    await this.#account.webhooks().create(null, '', { id: 'w', url, events, sealed })
    await this.#account.ledger().topup(3 * PRICE, 'first')
  }

  async apply({ actions, fault, lag }: Operation): Promise<void> {
    const { universe } = this
    const known = new Set(this.#runs)
    const crashes = actions.some(({ do: what }) => what === 'crash')
    await universe.under(fault, crashes, () =>
      Promise.all(
        actions.map((one, index) =>
          later(index * lag, () => this.#perform(one)).catch((error: unknown) => {
            // Whoever asked hears nothing: it asks again, or it does not.
            if (!(error instanceof Crash)) throw error
          }),
        ),
      ),
    )
    for (const runId of universe.runs.keys()) if (!known.has(runId)) this.#runs.push(runId)
    this.checkMoney()
    this.#checkEnds()
  }

  /** What has come to an end stays as it is; whoever was told so was told the truth. */
  #checkEnds(): void {
    for (const id of [...this.#answers.values()].flatMap((known) => [...known])) {
      const status = String(this.#rowOf(id)?.status)
      const before = this.#ends.get(id)
      claim(before === undefined || [before, 'undefined'].includes(status), `${before} is for good`)
      if (ENDS.includes(status)) this.#ends.set(id, status)
    }
  }

  async #perform(one: Action): Promise<void> {
    const { universe } = this
    switch (one.do) {
      case 'accept':
        return this.#accept(one.edit, one.client)
      case 'worker':
        return this.#worker(one.step, one.run)
      case 'time':
        return universe.advance(1000 * one.seconds)
      case 'topup':
        this.#topups.add(one.number)
        await this.#account.ledger().topup(PRICE, `topup ${one.number}`)
        return
      case 'mood':
        universe.mood = one.mood
        return
      case 'receiver':
        universe.receiver = one.mood
        return
      case 'restart-worker':
        return universe.restartWorker()
      case 'crash':
        return this.#crash(one.what)
      default:
        for (const id of this.#answers.get(one.edit) ?? []) await this.#ask(one.do, id)
    }
  }

  async #ask(what: 'cancel' | 'remove' | 'wake' | 'refund', id: string): Promise<void> {
    const edit = this.#edit(id)
    if (what === 'refund') await this.#account.ledger().refund(id, `refund ${id}`)
    else if (what === 'cancel') {
      const outcome = await edit.cancel()
      if ('value' in outcome) this.#ends.set(id, 'canceled')
    } else if (what === 'wake') await edit.wake()
    else {
      await this.#account.edits().handOver(id)
      await edit.remove()
      await this.#account.edits().remove(id)
    }
  }

  /** Peace at last: nothing fails any more, and time goes on until nobody has anything to do. */
  async end(): Promise<void> {
    const { universe } = this
    universe.mood = 'takes'
    universe.receiver = 'hears'
    // Whoever is still unsure of a top-up asks again.
    for (const number of this.#topups) await this.#account.ledger().topup(PRICE, `topup ${number}`)
    for (let rounds = 0; rounds < 60 && universe.nextAlarmAt !== null; rounds++) {
      // Deletion after a week is not waited for: it would take the evidence away.
      if (universe.nextAlarmAt - universe.now > 3 * 86_400_000) break
      await universe.advance(Math.max(60_000, universe.nextAlarmAt - universe.now))
    }
  }

  /** True at any moment. */
  checkMoney(): void {
    const [books = {}] = this.universe.host('account', ACCOUNT)?.storage.query(BOOKS) ?? []
    claim(books.balance === books.sum, 'the balance row is the sum')
    claim(Number(books.balance) >= 0, 'the balance is not negative')
    claim(Number(books.settlements) <= 1, 'an edit is settled at most once')
    claim(Number(books.refunds) <= 1, 'and refunded at most once')
    claim(books.gifts === 0, 'and only after it was charged')
  }

  /** True in the end. */
  check(): void {
    const { universe } = this
    this.checkMoney()
    const storage = universe.host('account', ACCOUNT)?.storage
    const all = (query: string) => storage?.query(query) ?? []
    const edits = all('SELECT * FROM edit')
    for (const ids of this.#answers.values()) claim(ids.size <= 1, 'one key makes one edit')
    const answered = new Set([...this.#answers.values()].flatMap((ids) => [...ids]))
    for (const id of answered)
      claim(
        edits.some((edit) => edit.id === id),
        'no answer without an edit',
      )
    claim(all('SELECT * FROM outbox').length === 0, 'every edit has its object')

    let captures = 0
    let byClient = 0
    for (const edit of edits) {
      const id = String(edit.id)
      claim(edit.final !== null, `edit ${id} has come to an end`)
      const final = JSON.parse(String(edit.final))
      this.settled++
      const settled =
        storage?.query(
          "SELECT kind FROM ledger WHERE edit = ? AND kind IN ('capture', 'release')",
          id,
        ) ?? []
      claim(settled.length === 1, `edit ${id} is settled`)
      claim(settled[0]?.kind === final.settlement, 'the settlement is the one the edit chose')
      if (settled[0]?.kind === 'capture') {
        captures++
        if (edit.client !== null) byClient++
      }
      if (final.status === 'succeeded') {
        claim(final.settlement === 'capture', 'a success is paid')
        claim(
          edit.deletedAt !== null || universe.bucket.has(final.result.key),
          'its result is there',
        )
      }
      if (final.status === 'failed' || final.status === 'expired')
        claim(final.settlement === 'release', `${final.status} is free`)
      const row = this.#rowOf(id)
      claim(
        row === undefined || (row.status === final.status && row.settled === 1),
        'both sides agree',
      )
      const heard = universe.heard.filter(({ body }) => body.includes(id))
      claim(
        heard.length >= 1 && new Set(heard.map(({ id }) => id)).size === 1,
        'its end was told, as one message',
      )
      claim(
        heard.every(({ body }) => JSON.parse(body).data.status === final.status),
        'and truly',
      )
    }
    const refunds = all("SELECT * FROM ledger WHERE kind = 'refund'").length
    const topups = all("SELECT * FROM ledger WHERE kind = 'topup'").length
    claim(topups === 1 + this.#topups.size, 'a top-up is posted once')
    const balance = Number(all('SELECT amount FROM balance')[0]?.amount)
    const expected = 3 * PRICE + PRICE * (this.#topups.size + refunds - captures)
    claim(balance === expected, `the balance is ${balance}, expected ${expected}`)
    const left = Number(all('SELECT edits FROM client_token')[0]?.edits)
    claim(left === CLIENT_EDITS - byClient, 'the client token has back what was released')
  }

  async #accept(number: number, client: boolean): Promise<void> {
    const { universe } = this
    const id = `edit_${String(++this.#serial).padStart(48, '0')}`
    const size = { width: 128, height: 96 }
    const grid = { rows: 6, cols: 8 }
    const plan = {
      grid,
      sourceMask: [1],
      targets: [2],
      sources: [1],
      view: { tokens: [], positions: [] },
      doubleView: [],
      editRegion: [1, 2],
    }
    const request: AcceptRequest = {
      credential: client ? CLIENT : KEY,
      once: { scope: 's', key: String(number), fingerprint: `f${number}`, holder: id },
      accepted: {
        account: ACCOUNT,
        region: 'auto',
        id,
        mode: 'live',
        model: 'embedded-fast',
        grid,
        work: { kind: 'planned', plan },
        payer: { key: 'k', client: client ? 'c' : null },
        image: { ...size, key: `acct/${ACCOUNT}/in/${id}` },
        workingSize: size,
        sampler: {
          prompt: 'p',
          seed: 1,
          steps: 2,
          guidance: null,
          negativePrompt: '',
          trueGuidance: 1,
          lambda: 0.5,
          lambdaSchedule: 'cosine',
          latentBlend: true,
          pixelComposite: true,
          output: { format: 'png', quality: 90 },
        },
        metadata: {},
        price: { amount: PRICE, version: 'v' },
        createdAt: universe.now,
        deadline: universe.now + 270_000,
        cancelAt: number === 3 ? universe.now + 40_000 : null,
      },
      summary: {
        model: 'embedded-fast',
        mode: 'live',
        workingSize: size,
        metadata: {},
        price: { amount: PRICE, version: 'v' },
        createdAt: universe.now,
        seed: 1,
        steps: 2,
        image: size,
        plan: { grid, sourceMask: 1, targets: 1, view: 0, editRegion: 2 },
      },
    }
    const outcome: Outcome<{ id: string }> = await this.#account.edits().accept(request)
    if (!('value' in outcome)) return
    const ids = this.#answers.get(number) ?? new Set()
    this.#answers.set(number, ids.add(outcome.value.id))
  }

  async #worker(step: string, number: number): Promise<void> {
    const { universe } = this
    // Also runs that are long over, and those whose worker forgot them: it may have been another.
    const runId = this.#runs[number % Math.max(1, this.#runs.length)]
    const run = runId === undefined ? undefined : universe.runs.get(runId)
    if (runId === undefined || run === undefined) return
    const bytes = universe.resultBytes
    const size = { width: 128, height: 96, bytes }
    const problem = { type: 't', title: 't', status: 500, detail: 'd' }
    const news: Record<string, object | null> = {
      start: { type: 'started' },
      progress: { type: 'progress', step: 1, steps: 2 },
      store: null,
      succeed: { type: 'succeeded', result: size, timings: {} },
      lie: { type: 'succeeded', result: { ...size, bytes: bytes + 1 }, timings: {} },
      fail: {
        type: 'failed',
        problem: { ...problem, code: number % 2 === 0 ? 'worker_failed' : 'image_truncated' },
      },
      'give-up': { type: 'canceled' },
      repeat: run.last,
    }
    if (step === 'store' || step === 'succeed') universe.storeResult(runId)
    const what = news[step] ?? null
    if (what === null || (run.last !== null && step !== 'repeat')) return
    const event = { seq: run.seq++, ...what } as RunEvent
    if (!['started', 'progress'].includes(event.type)) run.last = event
    const [, , id = '', attempt] = runId.split('.')
    await this.#edit(id).report(Number(attempt), run.request.events.token, event)
  }

  /** The edit's own row; undefined once its object is gone for good. */
  #rowOf(id: string): Record<string, unknown> | undefined {
    const storage = this.universe.host('edit', `${ACCOUNT}/${id}`)?.storage
    const there = storage?.query("SELECT 1 FROM sqlite_master WHERE name = 'edit'") ?? []
    return there.length > 0 ? storage?.query('SELECT status, settled FROM edit')[0] : undefined
  }

  #crash(what: string | number): void {
    if (typeof what === 'number')
      for (const id of this.#answers.get(what) ?? [])
        this.universe.crash('edit', `${ACCOUNT}/${id}`)
    else if (what === 'account') this.universe.crash('account', ACCOUNT)
    else for (const name of ['one', 'two']) this.universe.crash('provider', name)
  }

  #edit(id: string): EditRpc {
    return this.universe.object<EditRpc>('edit', `${ACCOUNT}/${id}`)
  }
}

function claim(truth: boolean, what: string): void {
  if (!truth) throw new Error(`not true: ${what}`)
}

/** Begins after so many turns of the queue of promises. */
async function later(turns: number, work: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await null
  return work()
}
