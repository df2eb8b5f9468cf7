/**
 * What the method does, as the paper's ablations say it, on a backbone whose weights are computed so that
 * its output can be worked out by hand: at one step, a target token shows what the attention reads, and the
 * token that is injected by the share lambda.
 */

import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { expandSweep } from '../sweeps/registry.ts'
import { drawnMotion, drawnOcclusion, motions } from '../truth/drawn.ts'
import { allCases, knownTruth } from '../truth/known-truth.ts'
import { errors } from '../truth/measures.ts'
import { truthCases } from '../truth/truth-case.ts'
import { atLeast, atMost, type Claim, median } from './claim.ts'
import { type Shares, sharesOf } from './shares.ts'

/** Opens the backbone with settings. */
export type OpenWith = (settings: Readonly<Record<string, unknown>>) => Promise<EvaluatedEngine>

export type Extent = 'small' | 'whole'

/** One step, in which lambda is what the settings say. */
const ONE_STEP = { steps: 1, lambdaSchedule: 'constant' }
/** What 8 bits, and an autoencoder that is not quite lossless, may change of a share. */
const CLOSE = 0.06

export async function methodClaims(
  open: OpenWith,
  extent: Extent,
  signal: AbortSignal,
): Promise<Claim[]> {
  return [
    ...(await attentionClaims(open, await movesOf(extent), signal)),
    ...(await lambdaClaims(open, extent, signal)),
    ...(await strategyClaims(open, extent, signal)),
  ]
}

/** Things that move off their place. */
async function movesOf(extent: Extent): Promise<readonly EvaluationCase[]> {
  const drawn = await truthCases(drawnOcclusion('uncover'), [0])
  if (extent === 'small') return drawn
  const photographs = { side: 256, margins: [8], categories: ['hole'] as const }
  return [...drawn, ...(await allCases(knownTruth(photographs)))]
}

/** Table V: PRE moves the thing, OAM hides what would show through. */
async function attentionClaims(
  open: OpenWith,
  cases: readonly EvaluationCase[],
  signal: AbortSignal,
): Promise<Claim[]> {
  const rows = new Map<string, Shares>()
  for (const { settings, label } of expandSweep('table-v')) {
    const engine = await open({ ...ONE_STEP, ...settings })
    const shares: Shares[] = []
    for (const one of cases) shares.push(await sharesOf(engine, one, signal))
    const middle = (of: keyof Shares) => median(shares.map((each) => each[of]))
    rows.set(label, { ghost: middle('ghost'), left: middle('left') })
  }
  const row = (label: string) => rows.get(label) as Shares
  const [none, pre, oam, both] = ['Baseline', 'PRE', 'OAM', 'PRE + OAM'].map(row) as [
    Shares,
    Shares,
    Shares,
    Shares,
  ]
  return [
    atLeast('Without PRE the thing stays in its place', none.left, 0.9),
    atLeast('OAM alone leaves it there, too', oam.left, 0.9),
    atMost('With PRE it leaves its place', pre.left, 0.6),
    atMost('With PRE and OAM it leaves its place', both.left, 0.6),
    // Half of it, but for tokens that only a part of the thing covers.
    atMost('PRE shows less of what was there before', pre.ghost, 0.75 * none.ghost),
    atLeast('PRE alone leaves a ghost of that', pre.ghost, 0.15),
    atMost('PRE and OAM leave less than half of the ghost', both.ghost, 0.5 * pre.ghost),
  ]
}

/** Table VII, as far as one step shows it: more lambda, more of the thing. */
async function lambdaClaims(open: OpenWith, extent: Extent, signal: AbortSignal): Promise<Claim[]> {
  const [one] = await truthCases(drawnOcclusion('uncover'), [0])
  if (one === undefined) throw new Error('there is one case for one margin')
  const claims: Claim[] = []
  for (const lambda of extent === 'small' ? [0.3] : [0.1, 0.3, 0.5, 0.7, 0.9]) {
    const ghost = async (settings: Readonly<Record<string, unknown>>) => {
      const engine = await open({ ...ONE_STEP, lambda, ...settings })
      return (await sharesOf(engine, one, signal)).ghost
    }
    const alone = await ghost({ pre: false, oam: false })
    const rest = 1 - lambda
    const away = Math.abs(alone - rest)
    const says = `Injection alone by ${lambda} leaves a ghost of ${rest.toFixed(1)}: off`
    claims.push(atMost(says, away, CLOSE))
    // Two keys at one place share the attention.
    const half = Math.abs((await ghost({ oam: false })) - rest / 2)
    claims.push(atMost(`With PRE, ${lambda} leaves half of that: off`, half, CLOSE))
    if (extent === 'small') continue
    claims.push(atMost(`With PRE and OAM, ${lambda} leaves none`, await ghost({}), 0.1))
  }
  return claims
}

/**
 * Table IV, as far as whole tokens show it: forward warping leaves tokens without a source where a thing
 * grows. Between the two reverse strategies there is no difference here that would be claimed.
 */
async function strategyClaims(
  open: OpenWith,
  extent: Extent,
  signal: AbortSignal,
): Promise<Claim[]> {
  const names = extent === 'small' ? ['grow'] : ['grow', 'stretch', 'shrink', 'turn']
  const claims: Claim[] = []
  for (const motion of motions.filter(({ name }) => names.includes(name))) {
    const [one] = await truthCases(drawnMotion(motion), [0])
    const inside = new Map<unknown, number>()
    for (const { settings } of expandSweep('table-iv')) {
      if (extent === 'small' && settings.strategy === 'reverse-inferred') continue
      const engine = await open({ ...ONE_STEP, ...settings })
      inside.set(settings.strategy, await insideError(engine, one as EvaluationCase, signal))
    }
    const user = inside.get('reverse-user') as number
    const says = `Forward warping is further from the truth than ours (${motion.name})`
    claims.push(atLeast(says, inside.get('forward-source') as number, 1.05 * user))
    const inferred = inside.get('reverse-inferred')
    if (inferred === undefined) continue
    const near = `Inferred vectors are better than forward warping (${motion.name})`
    claims.push(atMost(near, inferred, inside.get('forward-source') as number))
  }
  return claims
}

/** Mean error of the colours inside the landed thing. */
async function insideError(
  engine: EvaluatedEngine,
  one: EvaluationCase,
  signal: AbortSignal,
): Promise<number> {
  const { picture } = await engine.edit(one, signal)
  if (one.truth === undefined) throw new Error(`the truth of ${one.id} is not known`)
  return errors(picture, one.truth.picture, one.truth.parts.inside).meanError
}
