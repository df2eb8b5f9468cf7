/**
 * A history: operations as clients, workers and time bring them about, in any order, done to a
 * universe; and what has to be true of it in the end.
 */

import type { AccountRpc } from '../../../edge/rpc/account/account.ts'
import type { EditRpc } from '../../../edge/rpc/edit/edit.ts'
import type { RunEvent } from '../../../shared/run.ts'
import { claim } from './claim.ts'
import {
  ACCOUNT,
  batchSize,
  type CallerName,
  CHILD,
  CLIENT_EDITS,
  Creation,
  openKeys,
  PRICE,
} from './creation.ts'
import type { Action, Operation, Plot } from './operations.ts'
import { Crash } from './platform/durable-objects.ts'
import { type Kind, Universe } from './universe.ts'

const ENDS = ['succeeded', 'failed', 'canceled', 'expired']

/** Everything about the money that is true at any moment, in one row. */
const BOOKS = `SELECT
  (SELECT amount FROM balance) AS balance,
  (SELECT SUM(amount) FROM ledger) AS sum,
  (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM ledger WHERE kind IN ('capture', 'release') GROUP BY edit)) AS settlements,
  (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM ledger WHERE kind = 'refund' GROUP BY edit)) AS refunds,
  (SELECT COUNT(*) FROM ledger AS refund WHERE kind = 'refund' AND NOT EXISTS
    (SELECT 1 FROM ledger WHERE edit = refund.edit AND kind = 'capture' AND seq < refund.seq)) AS gifts,
  (SELECT -TOTAL(amount) FROM ledger WHERE key = 'd' AND kind IN ('hold', 'release')) AS byChild,
  (SELECT spent FROM api_key WHERE id = 'd') AS spentByChild`

/** How many edits there are of each batch, by what their seeds begin with. */
const BATCHES = `SELECT json_extract(summary, '$.seed') / 10 AS id, COUNT(*) AS members FROM edit
  WHERE json_extract(summary, '$.seed') >= 10 GROUP BY 1`

/** Lives through a history and checks it. @returns how many edits came to an end */
export async function live([start, operations, empty]: Plot): Promise<number> {
  const history = new History(empty)
  try {
    await history.begin()
    if (start !== null) {
      const two = [
        { do: 'create', edit: 0, by: 'key' },
        { do: 'create', edit: 1, by: 'client' },
      ] as const
      await history.apply({ actions: two, fault: null, lag: 0 })
      const { meanwhile, fault, lag } = start
      await history.apply({ actions: [{ do: 'time', seconds: 1 }, meanwhile], fault, lag })
    }
    for (const operation of operations) await history.apply(operation)
    await history.end()
    history.check()
    return history.settled
  } finally {
    history.universe.close()
  }
}

class History {
  readonly universe: Universe
  readonly #account: AccountRpc
  /** What each Idempotency-Key was answered with. */
  readonly #answers = new Map<number, Set<string>>()
  readonly #topups = new Set<number>()
  /** How edits ended, as soon as they did. */
  readonly #ends = new Map<string, string>()
  /** Every run that was ever handed over, in this order. */
  readonly #runs: string[] = []
  /** Results that were stored when their edit had been deleted. */
  readonly #late = new Set<string | null>()
  readonly #creation: Creation
  /** Edits that have come to an end. */
  settled = 0

  constructor(empty: Kind | null) {
    this.universe = new Universe(empty)
    this.#account = this.universe.object('account', ACCOUNT)
    this.#creation = new Creation(this.universe)
  }

  async begin(): Promise<void> {
    await this.#account.open({ id: ACCOUNT, name: 'property', region: 'auto' })
    await openKeys(this.#account, this.universe.now)
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
    for (const id of this.#answered()) {
      const status = String(this.#rowOf(id)?.status)
      const before = this.#ends.get(id)
      claim(before === undefined || [before, 'undefined'].includes(status), `${before} is for good`)
      if (ENDS.includes(status)) this.#ends.set(id, status)
    }
  }

  async #perform(one: Action): Promise<void> {
    const { universe } = this
    switch (one.do) {
      case 'create':
        return this.#create(one.edit, one.by)
      case 'batch':
        return this.#batch(one.edit, one.by)
      case 'revoke':
        return this.#creation.revoke(one.who)
      case 'bucket':
        universe.storage = one.mood
        return
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
        for (const id of this.#idsOf(one.edit)) await this.#ask(one.do, id)
    }
  }

  async #ask(what: 'cancel' | 'remove' | 'wake' | 'refund', id: string): Promise<void> {
    const edit = this.#edit(id)
    if (what === 'refund') await this.#account.ledger().refund(id, `refund ${id}`)
    else if (what === 'cancel') {
      const outcome = await edit.cancel()
      if ('value' in outcome) this.#ends.set(id, 'canceled')
    } else if (what === 'wake') await edit.wake()
    else await this.#creation.remove(id)
  }

  /** Peace at last: nothing fails any more, and time goes on until nobody has anything to do. */
  async end(): Promise<void> {
    const { universe } = this
    universe.mood = 'takes'
    universe.storage = 'works'
    // Whoever hears nothing of it keeps nothing of a deleted edit alive.
    universe.receiver = 'away'
    await universe.advance(60_000)
    this.#checkPurged()
    universe.receiver = 'hears'
    // Whoever is still unsure of a top-up asks again.
    for (const number of this.#topups) await this.#account.ledger().topup(PRICE, `topup ${number}`)
    for (let rounds = 0; rounds < 60 && universe.nextAlarmAt !== null; rounds++) {
      // Deletion after a week is not waited for: it would take the evidence away.
      if (universe.nextAlarmAt - universe.now > 3 * 86_400_000) break
      await universe.advance(Math.max(60_000, universe.nextAlarmAt - universe.now))
    }
  }

  /** True soon after the bucket works again. */
  #checkPurged(): void {
    const { bucket } = this.universe
    for (const id of this.#answered()) {
      const edit = this.#rowOf(id)
      if (edit?.deletedAt === null || edit === undefined) continue
      const photo: string = JSON.parse(String(edit.accepted)).image.key
      claim(!bucket.has(photo), `deleted edit ${id} leaves no photo`)
      for (const key of bucket.keys())
        claim(!key.includes(id) || this.#late.has(key), `deleted edit ${id} leaves ${key}`)
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
    claim(books.byChild === books.spentByChild, 'what a key has spent is what its edits hold')
    claim(Number(books.byChild) <= CHILD.edits * PRICE, 'a key spends no more than it may')
  }

  /** True in the end. */
  check(): void {
    const { universe } = this
    this.checkMoney()
    const storage = universe.host('account', ACCOUNT)?.storage
    const all = (query: string) => storage?.query(query) ?? []
    const edits = all('SELECT * FROM edit')
    for (const answers of this.#answers.values())
      claim(answers.size <= 1, 'one key makes one edit, or the edits of one batch')
    for (const id of this.#answered())
      claim(
        edits.some((edit) => edit.id === id),
        'no answer without an edit',
      )
    this.#checkBatches(all)
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
    this.#checkBucket(edits)
    const left = Number(all('SELECT edits FROM client_token')[0]?.edits)
    claim(left === CLIENT_EDITS - byClient, 'the client token has back what was released')
  }

  async #create(number: number, by: CallerName): Promise<void> {
    const id = await this.#creation.create(number, by)
    if (id === null) return
    const ids = this.#answers.get(number) ?? new Set()
    this.#answers.set(number, ids.add(id))
  }

  async #batch(number: number, by: CallerName): Promise<void> {
    const ids = await this.#creation.batch(number, by)
    if (ids === null) return
    claim(new Set(ids).size === batchSize(number), 'a batch has as many edits as were asked for')
    this.#answers.set(number, (this.#answers.get(number) ?? new Set()).add(ids.join(' ')))
  }

  /** The edits that an Idempotency-Key was answered with. */
  #idsOf(number: number): string[] {
    return [...(this.#answers.get(number) ?? [])].flatMap((ids) => ids.split(' '))
  }

  #answered(): Set<string> {
    return new Set([...this.#answers.keys()].flatMap((number) => this.#idsOf(number)))
  }

  /** Whether or not anybody knows how it ended: a batch is there as a whole, or not at all. */
  #checkBatches(all: (query: string) => Record<string, unknown>[]): void {
    for (const { id, members } of all(BATCHES)) {
      const size = batchSize(Number(id) % 10)
      claim(members === size, `${members} edits of a batch of ${size} are there`)
    }
  }

  /** Whatever is in the bucket belongs to an edit, or to a create that nobody knows the end of. */
  #checkBucket(edits: readonly Record<string, unknown>[]): void {
    const { bucket } = this.universe
    const keys = new Set(bucket.keys())
    for (const { id, deletedAt } of edits) {
      const accepted = this.#rowOf(String(id))?.accepted
      if (deletedAt === null) {
        const photo: string = JSON.parse(String(accepted)).image.key
        claim(keys.delete(photo), `edit ${id} has its photo`)
      } else
        for (const key of keys) claim(!key.includes(String(id)), 'a deleted edit leaves no result')
    }
    // The bucket's lifecycle deletes what is below this folder.
    for (const key of keys) claim(key.startsWith('acct/'), `the lifecycle finds ${key}`)
    const photos = [...keys].filter((key) => key.startsWith(`acct/${ACCOUNT}/in/`))
    claim(
      photos.length <= this.#creation.unsure,
      'a photo without an edit is that of a lost create',
    )
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
    const [, , id = '', attempt] = runId.split('.')
    if (step === 'store' || step === 'succeed') {
      const key = universe.storeResult(runId)
      if (this.#rowOf(id)?.deletedAt !== null) this.#late.add(key)
    }
    const what = news[step] ?? null
    if (what === null || (run.last !== null && step !== 'repeat')) return
    const event = { seq: run.seq++, ...what } as RunEvent
    if (!['started', 'progress'].includes(event.type)) run.last = event
    await this.#edit(id).report(Number(attempt), run.request.events.token, event)
  }

  /** The edit's own row; undefined once its object is gone for good. */
  #rowOf(id: string): Record<string, unknown> | undefined {
    const storage = this.universe.host('edit', `${ACCOUNT}/${id}`)?.storage
    const there = storage?.query("SELECT 1 FROM sqlite_master WHERE name = 'edit'") ?? []
    return there.length > 0
      ? storage?.query('SELECT status, settled, accepted, deletedAt FROM edit')[0]
      : undefined
  }

  #crash(what: string | number): void {
    if (typeof what === 'number')
      for (const id of this.#idsOf(what)) this.universe.crash('edit', `${ACCOUNT}/${id}`)
    else if (what === 'account') this.universe.crash('account', ACCOUNT)
    else for (const name of ['one', 'two']) this.universe.crash('provider', name)
  }

  #edit(id: string): EditRpc {
    return this.universe.object<EditRpc>('edit', `${ACCOUNT}/${id}`)
  }
}

/** Begins after so many turns of the queue of promises. */
async function later(turns: number, work: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await null
  return work()
}
