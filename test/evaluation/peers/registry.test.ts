/** Every peer on one case, and what they move. */

import { expect, test } from 'vitest'
import type { EvaluationCase } from '../../../evaluation/case.ts'
import { engines } from '../../../evaluation/engines/registry.ts'
import { bareResources } from '../../../evaluation/engines/resources.ts'
import { movingParts, ThingFinder } from '../../../evaluation/peers/moving-part.ts'
import { type PeerName, peerNames, peers } from '../../../evaluation/peers/registry.ts'
import { decodePicture, encodePicture } from '../../../evaluation/picture.ts'
import { errors } from '../../../evaluation/truth/measures.ts'
import { truthCases } from '../../../evaluation/truth/truth-case.ts'
import { pictureOf, rectangle } from '../picture.ts'

const size = { width: 120, height: 70 }
const { signal } = new AbortController()
const isThing = (x: number, y: number) => x >= 20 && x < 40 && y >= 20 && y < 45
const ground = [70, 120, 60] as const
const drags = [{ handle: { x: 30.5, y: 30.5 }, target: { x: 80.5, y: 30.5 } }]
const striped = (x: number) => (x % 4 < 2 ? ([230, 40, 30] as const) : ([250, 220, 60] as const))

/** A striped thing on a plain ground, moved by 50 pixels. */
async function made(): Promise<EvaluationCase> {
  const [one] = await truthCases(
    {
      id: 'one',
      category: 'one',
      before: pictureOf(size, (x, y) => (isThing(x, y) ? striped(x) : ground)),
      after: pictureOf(size, (x, y) => (isThing(x - 50, y) ? striped(x - 50) : ground)),
      shape: rectangle(size, 20, 20, 40, 45),
      landed: rectangle(size, 70, 20, 90, 45),
      drags,
    },
    [0],
  )
  if (one === undefined) throw new Error('there is a case')
  return one
}

test('peers that move a thing move it as far as its drag, on a plain ground without a trace', async () => {
  const one = await made()
  if (one.truth === undefined) throw new Error('the truth is known')
  const { picture: truth, parts } = one.truth
  const things = new ThingFinder(async () => null)
  expect(peerNames.map((name) => peers[name].open(things).name)).toEqual(peerNames)
  const of = async (name: PeerName) => {
    const engine = peers[name].open(things)
    const { picture } = await engine.edit(one, signal)
    const error = (on: Uint32Array) => errors(picture, truth, on).meanError
    return { picture, inside: error(parts.inside), vacated: error(parts.vacated) }
  }
  expect((await of('none')).picture).toEqual(await decodePicture(one.photo))
  const pasted = await of('cut-and-paste')
  expect(pasted.inside).toBe(0)
  // Telea's means are off by one here and there.
  expect(pasted.vacated).toBeLessThan(1)
  const cloned = await of('seamless-clone')
  expect(cloned.vacated).toBe(pasted.vacated)
  expect(cloned.inside).toBeLessThan(60)
  const warped = await of('bidirectional-warp')
  expect([warped.inside, warped.vacated]).toEqual([0, 0])
  // A sheet that is held at its border does not come to where a move goes.
  const stretched = await of('fastdrag-stretch')
  expect(stretched.inside).toBeGreaterThan(20)
})

test('a peer takes no settings, and FLUX.1-Fill has to be where it is said to be', async () => {
  const check = async (kind: string, address: string | null, settings = {}) =>
    engines[kind]?.check({ kind, address, settings }, bareResources)
  await expect(check('none', null)).resolves.toBeUndefined()
  await expect(check('none', null, { steps: 3 })).rejects.toThrow('none has no steps to set')
  await expect(check('bidirectional-warp-flux', '/nowhere')).rejects.toMatchObject({
    code: 'model_unavailable',
  })
})

test('a drag moves the part at its handle or the nearest one, and a part without one stays', async () => {
  const one = await made()
  const data = rectangle(size, 20, 20, 40, 45)
  for (const left of [60, 100])
    rectangle(size, left, 20, left + 10, 30).forEach((flag, at) => {
      if (flag === 1) data[at] = 1
    })
  const pin = { handle: { x: 41.5, y: 30 }, target: { x: 41.5, y: 30 } }
  const beside = { handle: { x: 72.5, y: 25.5 }, target: { x: 72.5, y: 60 } }
  const apart: EvaluationCase = { ...one, settings: {}, drags: [...drags, pin, beside] }
  const parts = movingParts(apart, { ...size, data })
  expect(parts.map((part) => part.drags)).toEqual([[...drags, pin], [beside]])
  expect(parts[1]?.flags).toEqual(rectangle(size, 60, 20, 70, 30))
  const [whole, ...others] = movingParts(
    { ...apart, settings: { scope: 'global' } },
    { ...size, data },
  )
  expect([whole?.flags, others]).toEqual([data, []])
})

test('in an editable mask the thing is found as an edit finds it, once for all peers', async () => {
  const one = await made()
  const picture = await decodePicture(one.photo)
  const mask = { ...size, data: rectangle(size, 10, 10, 100, 60) }
  const loose: EvaluationCase = {
    ...one,
    photo: await encodePicture(picture),
    mask: { kind: 'editable', mask },
  }
  const finder = new ThingFinder(async () => null)
  const found = finder.find(loose, signal)
  expect(finder.find(loose, signal)).toBe(found)
  const { mask: thing, record } = await found
  expect(record).toMatchObject({ given: true, foundBy: 'colours', iterations: 1 })
  expect(record.areaBefore).toBeCloseTo((90 * 50) / (120 * 70), 9)
  const wrong = thing.data.filter((flag, at) => flag !== (one.mask?.mask.data[at] as number))
  expect(wrong.length).toBeLessThan(0.1 * 500)
  const pasted = peers['cut-and-paste'].open(finder)
  expect((await pasted.edit(loose, signal)).moved).toBe(thing)
  expect(await pasted.edit(one, signal)).not.toHaveProperty('moved')
})
