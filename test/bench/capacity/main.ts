/**
 * `npm run bench capacity`: what each object has to do at 10, 100 and 1,000 edits a second, with the real code of
 * accounts, edits and queues in virtual time. What is counted does not depend on the machine. Latencies and
 * durations of runs are assumed, and printed. Needs `--import test/edge/objects/hooks.ts`.
 *
 * node --import ./test/edge/objects/hooks.ts test/bench/capacity/main.ts [part of a scenario's name]
 */

import type { Place } from '../../../edge/access/keys.ts'
import { installCrypto } from '../../edge/objects/platform/crypto.ts'
import { Callers } from './callers.ts'
import type { Kind } from './load.ts'
import { type Assumed, World } from './world.ts'

installCrypto()
// The objects log what a provider that dies does to them.
console.log = () => {}
console.error = () => {}

const ACCOUNTS = 100_000
/** An object of Cloudflare's answers so many simple requests a second (its documents say about 1,000). */
const LIMIT = 500

type Scenario = {
  readonly name: string
  readonly perSecond: number
  readonly seconds: number
  readonly slots: readonly number[]
  readonly assumed: Assumed
  readonly accounts?: number
  readonly regions?: readonly Place[]
  /** Isolates among which the creates are spread. */
  readonly isolates?: number
  /** Second at which the first provider stops answering. */
  readonly diesAt?: number
}

const quick: Assumed = { hop: 5, birth: 50, run: 500 }
const slow: Assumed = { ...quick, run: 8000 }

const scenarios: readonly Scenario[] = [
  { name: '10 edits/s, 8 s runs', perSecond: 10, seconds: 20, slots: [120], assumed: slow },
  { name: '100 edits/s', perSecond: 100, seconds: 5, slots: [80], assumed: quick },
  {
    name: '1,000 edits/s',
    perSecond: 1000,
    seconds: 2,
    slots: [800],
    assumed: quick,
    isolates: 50,
  },
  {
    name: '1,000 edits/s from three regions',
    perSecond: 1000,
    seconds: 2,
    slots: [800],
    assumed: quick,
    isolates: 50,
    regions: ['auto', 'eu', 'wnam'],
  },
  {
    name: 'one account at 200 edits/s',
    perSecond: 200,
    seconds: 5,
    slots: [160],
    assumed: quick,
    accounts: 1,
  },
  {
    name: '100 edits/s, one of two providers dies',
    perSecond: 100,
    seconds: 8,
    slots: [60, 60],
    assumed: quick,
    diesAt: 3,
  },
]

const print = (line = '') => process.stdout.write(`${line}\n`)

async function run(scenario: Scenario): Promise<void> {
  const { perSecond, seconds, slots, assumed, regions = ['auto'] } = scenario
  const providers = slots.map((count, i) => ({
    kind: 'http',
    name: `gpu-${i}`,
    url: `https://gpu-${i}.example`,
    models: ['embedded-fast'],
    slots: count,
  }))
  const world = new World({ providers, assumed })
  const callers = new Callers(world, scenario.isolates ?? 8)
  const { clock, load } = world
  const start = clock.now
  // The same numbers each time.
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  for (let i = 0; i < perSecond * seconds; i++) {
    const account = Math.floor(random() * (scenario.accounts ?? ACCOUNTS))
    const region = regions[account % regions.length] as Place
    clock.at(
      start + ((i + random()) / perSecond) * 1000,
      () => void callers.create(account, region),
    )
  }
  if (scenario.diesAt !== undefined)
    clock.at(start + 1000 * scenario.diesAt, () => world.dead.add('https://gpu-0.example'))
  await clock.until(start + 1000 * seconds)
  const during = world.succeeded
  const stored = (account: string) => world.bytesOf('account', account)
  // What is under way ends.
  await clock.until(clock.now + 60_000)
  const { accepted } = callers
  const others = [...callers.answers].filter(([answer]) => answer !== 'accepted')
  print(`${scenario.name} (${slots.join(' + ')} slots, runs of ${assumed.run / 1000} s)`)
  print(
    `  ${accepted} accepted${others.map(([what, n]) => `, ${n} ${what}`).join('')}; ${during} had ended at the end, ${world.succeeded} a minute later`,
  )
  const waits = world.waits.sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round(waits[Math.floor(share * (waits.length - 1))] ?? Number.NaN)
  print(`  from acceptance to submission: median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms`)
  for (const kind of ['account', 'edit', 'provider'] satisfies Kind[]) {
    const { name, perSecond: most } = load.busiest(kind)
    const each = (value: number) => (value / accepted).toFixed(1)
    const over = most > LIMIT ? ` (over ${LIMIT})` : ''
    print(
      `  ${kind.padEnd(8)} ${each(load.calls(kind)).padStart(5)} requests and ${each(load.writes(kind)).padStart(5)} writes an edit; busiest: ${most} a second${over}, ${name}`,
    )
  }
  const { name } = load.busiest('account')
  print(`  the busiest account stores ${Math.round(stored(name) / 1000)} kB`)
  if (scenario.accounts !== 1) return
  const tables = world
    .bytesByTable('account', name)
    .map(({ table, bytes }) => `${table} ${Math.round(bytes / accepted)}`)
  print(`  in bytes an edit: ${tables.slice(0, 5).join(', ')}`)
}

const wanted = process.argv[2] ?? ''
const { hop, birth } = quick
// One world at a time, and settings are read once: each scenario has a process of its own.
const exact = scenarios.filter(({ name }) => name === wanted)
const chosen = exact.length > 0 ? exact : scenarios.filter(({ name }) => name.includes(wanted))
if (exact.length === 0)
  print(
    `assumed: ${hop} ms one way between objects, ${birth} ms more for a new one; ${ACCOUNTS} accounts`,
  )
const [only, ...rest] = chosen
if (only !== undefined && rest.length === 0) await run(only)
else {
  const { spawnSync } = await import('node:child_process')
  const { fileURLToPath } = await import('node:url')
  for (const { name } of chosen)
    spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], {
      stdio: 'inherit',
    })
}
