/**
 * What happens to an account that pays, in any order and with anything lost, and what has to be true of
 * its money. What was really paid, only the double of Stripe knows.
 */

import Stripe from 'stripe'
import { replayEvents } from '../../../../../edge/use-cases/billing/events.ts'
import { EditError } from '../../../../../shared/errors.ts'
import { claim } from '../../claim.ts'
import { ACCOUNT, PRICE } from '../../creation.ts'
import { Crash } from '../../platform/durable-objects.ts'
import { Scene } from '../../scene.ts'
import type { Action, Plot, Step } from './plot.ts'
import { CENTS, CREDIT, Till } from './till.ts'

const TRIAL = 3 * PRICE
/** Micro-units of credit for a cent, by what a payment costs. */
const RATE = new Map([
  [CENTS.small, CREDIT.small / CENTS.small],
  [CENTS.large, CREDIT.large / CENTS.large],
])

const BOOKS = `SELECT
  (SELECT amount FROM balance) AS balance,
  (SELECT held FROM balance) AS held,
  (SELECT SUM(amount) FROM ledger) AS sum,
  (SELECT TOTAL(amount) FROM ledger WHERE source IN ('refund', 'dispute')) AS taken,
  (SELECT COUNT(*) FROM ledger WHERE source = 'trial') AS trials,
  (SELECT COUNT(*) FROM payment WHERE kind = 'recharge' AND state = 'open') AS recharges`

/** What a story had in it. */
export type Told = {
  readonly paid: number
  readonly recharged: number
  /** Recharges that came to nothing. */
  readonly refused: number
  readonly taken: number
}

/** Lives through a plot and checks it. */
export async function live({ paid, steps }: Plot): Promise<Told> {
  const scene = await Scene.open(0, TRIAL)
  const story = new Story(scene)
  try {
    await story.begin(paid)
    for (const one of steps) await story.apply(one)
    await story.end()
    return story.check()
  } finally {
    scene.close()
  }
}

class Story {
  readonly #scene: Scene
  readonly #till: Till
  /** Payments that a client knows. */
  readonly #payments: string[] = []
  readonly #edits: string[] = []

  constructor(scene: Scene) {
    this.#scene = scene
    this.#till = new Till(scene.universe)
  }

  async begin(paid: Plot['paid']): Promise<void> {
    if (paid === null) return
    await this.#checkout(0, 'small', true)
    this.#till.pay(this.#payments[0] ?? '', paid)
    await this.#till.deliver()
    await this.#recharge(true)
  }

  async apply({ actions, fault, lag }: Step): Promise<void> {
    const { universe } = this.#scene
    const crashes = actions.some(({ do: what }) => what === 'crash')
    await universe.under(fault, crashes, () =>
      Promise.all(
        actions.map(async (one, index) => {
          for (let turn = 0; turn < index * lag; turn++) await null
          await this.#perform(one).catch((error: unknown) => {
            // Whoever asked is told that it failed, or hears nothing.
            const known = [Crash, EditError, Stripe.errors.StripeError]
            if (!known.some((one) => error instanceof one)) throw error
          })
        }),
      ),
    )
    this.#checkMoney()
  }

  async #perform(one: Action): Promise<unknown> {
    const { universe, account } = this.#scene
    const till = this.#till
    const { double } = till
    switch (one.do) {
      case 'checkout':
        return this.#checkout(one.slot, one.pack, one.saveCard)
      case 'pay':
        return till.pay(
          this.#payments[one.payment % Math.max(1, this.#payments.length)] ?? '',
          one.card,
        )
      case 'refund':
        return double.refund(nth(double.intents, one.intent), one.amount)
      case 'fail-refund':
        return double.failRefund(nth(double.refunds, one.refund))
      case 'dispute':
        return double.dispute(nth(double.intents, one.intent), one.amount, one.inquiry)
      case 'escalate':
        return double.escalate(nth(double.disputes, one.dispute))
      case 'win':
      case 'lose':
        return double.close(nth(double.disputes, one.dispute), one.do === 'win' ? 'won' : 'lost')
      case 'lose-answer':
        till.loseIn = one.answer
        return
      case 'deliver': {
        const event = double.events[one.event % Math.max(1, double.events.length)]
        if (event === undefined) return
        for (let time = 0; time < one.times; time++) await till.take(event)
        // Stripe believes that it was heard, if only once.
        return double.undelivered.delete(event.id)
      }
      case 'replay':
        return this.#replay()
      case 'auto-recharge':
        return this.#recharge(one.on)
      case 'create':
        for (let edits = 0; edits < one.edits; edits++) {
          const { id } = await this.#scene.create()
          if (id !== '') this.#edits.push(id)
        }
        return
      case 'cancel':
      case 'succeed': {
        const id = this.#edits[one.edit % Math.max(1, this.#edits.length)]
        if (id === undefined) return
        if (one.do === 'cancel') return this.#scene.edit(id).cancel()
        const runs = [...universe.runs.keys()].some((name) => name.includes(id))
        return runs ? this.#scene.succeed(id) : undefined
      }
      case 'mood':
        till.mood = one.mood
        return
      case 'time':
        return universe.advance(1000 * one.seconds)
      case 'crash':
        return universe.crash('account', ACCOUNT)
      case 'open':
        return account.open({ id: ACCOUNT, name: 'again', region: 'auto' }, TRIAL)
    }
  }

  /** Peace at last: Stripe tells what it could not, and everybody has time. */
  async end(): Promise<void> {
    const { universe } = this.#scene
    this.#till.mood = 'works'
    this.#till.loseIn = null
    await universe.settle()
    await this.#replay()
    for (let rounds = 0; rounds < 100 && universe.nextAlarmAt !== null; rounds++) {
      if (universe.nextAlarmAt - universe.now > 3 * 86_400_000) break
      await universe.advance(Math.max(60_000, universe.nextAlarmAt - universe.now))
    }
    // What happened meanwhile, such as recharges.
    await this.#replay()
  }

  /** True at any moment. */
  #checkMoney(): Record<string, number> {
    const [books = {}] = this.#scene.rows(BOOKS) as Record<string, number>[]
    const { balance = 0, sum, taken = 0, trials, recharges = 0 } = books
    claim(balance === sum, 'the balance row is the sum')
    claim(balance >= taken, 'only what was taken back leaves less than nothing')
    claim(trials === 1, 'the trial is given once')
    claim(recharges <= 1, 'one recharge at a time')
    const { intents, refunds, disputes } = this.#till.double
    const moved = new Set(
      [...disputes.values()].flatMap((one) => one.balance_transactions.map(({ id }) => id)),
    )
    for (const { source, reference } of this.#scene.rows(
      "SELECT source, reference FROM ledger WHERE source IN ('payment', 'refund', 'dispute')",
    )) {
      const [, id = '', failed] = String(reference).split(' ')
      if (source === 'payment') claim(intents.get(id)?.status === 'succeeded', `${id} was paid`)
      else if (source === 'dispute') claim(moved.has(id), `${id} was moved`)
      else if (failed === undefined) claim(refunds.has(id), `${id} was refunded`)
      else claim(refunds.get(id)?.status === 'failed', `${id} has failed`)
    }
    return books
  }

  /** True in the end. */
  check(): Told {
    const books = this.#checkMoney()
    const { double } = this.#till
    const paid = [...double.intents.values()].filter(({ status }) => status === 'succeeded')
    const orders = paid.map(({ metadata }) => metadata.payment)
    claim(new Set(orders).size === orders.length, 'nothing is paid twice')

    let expected = TRIAL
    for (const { id, amount, metadata } of paid) {
      const back =
        total(double.refunds, (one) => one.payment_intent === id && one.status !== 'failed') -
        [...double.disputes.values()]
          .filter((one) => one.payment_intent === id)
          .flatMap((one) => one.balance_transactions)
          .reduce((sum, one) => sum + one.amount, 0)
      expected += (amount - back) * (RATE.get(amount as 50) ?? Number.NaN)
      const [row] = this.#scene.rows(`SELECT * FROM payment WHERE id = '${metadata.payment}'`)
      claim(row?.state === 'paid', `${metadata.payment} is known as paid`)
      claim(row?.returned === back, `${row?.returned} of ${back} are known to have been returned`)
    }
    // One that stays open would keep every later recharge from beginning.
    claim(books.recharges === 0, 'every recharge has ended')
    const open = this.#scene.rows("SELECT id FROM payment WHERE state = 'open'")
    claim(open.length === 0, `${open.length} payments are open`)
    claim(
      this.#scene.rows("SELECT id FROM payment WHERE state = 'paid'").length === paid.length,
      'no other is',
    )
    const [{ captures = 0 } = {}] = this.#scene.rows(
      "SELECT COUNT(*) AS captures FROM ledger WHERE kind = 'capture'",
    ) as { captures: number }[]
    expected -= PRICE * captures
    claim(books.held === 0, 'nothing is held')
    claim(books.balance === expected, `the balance is ${books.balance}, expected ${expected}`)
    const [{ recharged = 0, refused = 0 } = {}] = this.#scene.rows(
      `SELECT COUNT(*) FILTER (WHERE state = 'paid') AS recharged,
        COUNT(*) FILTER (WHERE state = 'failed') AS refused FROM payment WHERE kind = 'recharge'`,
    ) as { recharged: number; refused: number }[]
    const taken = double.refunds.size + double.disputes.size
    return { paid: paid.length, recharged, refused, taken }
  }

  async #checkout(slot: number, pack: 'small' | 'large', saveCard: boolean): Promise<void> {
    // The same key with another order is refused, so the order is part of its name.
    const key = `${slot} ${pack} ${saveCard}`
    const { id } = await this.#till.checkout(pack, { key, saveCard })
    if (!this.#payments.includes(id)) this.#payments.push(id)
  }

  async #recharge(on: boolean): Promise<void> {
    // The first top-up and the trial are a few edits above it.
    const threshold = CREDIT.small + 2 * PRICE
    const order = { threshold, pack: 'small', monthlyLimit: null, email: null }
    await this.#scene.account.payments().setAutoRecharge(on ? order : null)
  }

  async #replay(): Promise<void> {
    const { double, services } = this.#till
    const { universe } = this.#scene
    const replayed = [...double.undelivered]
    await replayEvents(
      { ...services, accountIn: (_, id) => universe.object('account', id) },
      universe.now - 30 * 86_400_000,
    )
    for (const id of replayed) double.undelivered.delete(id)
  }
}

function nth(all: ReadonlyMap<string, unknown>, number: number): string {
  return [...all.keys()][number % Math.max(1, all.size)] ?? ''
}

function total<T extends { readonly amount: number }>(
  all: ReadonlyMap<string, T>,
  wanted: (one: T) => boolean,
): number {
  return [...all.values()].filter(wanted).reduce((sum, one) => sum + one.amount, 0)
}
