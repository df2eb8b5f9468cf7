/** The draft: undo and redo, masks that arrive late, what moves. */

import { describe, expect, test } from 'vitest'
import {
  asked,
  begin,
  type Change,
  changed,
  emptyDraft,
  fieldOf,
  type History,
  movedEnd,
  movingMask,
  soughtAt,
  stepped,
  type Thing,
  thingAt,
  withDrag,
  withoutThing,
  withThing,
} from '../../../../edge/playground/edit/draft.ts'
import { joined, withHeld } from '../../../../edge/playground/edit/joined.ts'
import { resolveSettings } from '../../../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../../../shared/edit/settings.ts'
import type { Mask } from '../../../../shared/mask.ts'

function square(left: number, top: number, side: number): Mask {
  const data = new Uint8Array(20 * 10)
  for (let y = top; y < top + side; y++) data.fill(1, y * 20 + left, y * 20 + left + side)
  return { width: 20, height: 10, data }
}

const thing = (id: number, mask: Mask | null): Thing => ({ id, add: [], remove: [], mask })
const drag = (x: number, y: number) => ({ handle: { x, y }, target: { x: x + 5, y } })
const through = (...changes: Change[]): History => changes.reduce(changed, begin(emptyDraft))
const white = (mask: Mask | null) => mask?.data.reduce((sum, value) => sum + value, 0)

describe('steps', () => {
  const put: Change = { type: 'step', to: (now) => withThing(now, thing(1, square(2, 2, 3))) }
  const add: Change = { type: 'step', to: (now) => ({ ...now, drags: [drag(3, 3)] }) }

  test('are undone and redone one by one', () => {
    const both = through(put, add)
    expect([both.now.things.length, both.now.drags.length]).toEqual([1, 1])
    const one = changed(both, { type: 'undo' })
    expect([one.now.things.length, one.now.drags.length]).toEqual([1, 0])
    const none = changed(changed(one, { type: 'undo' }), { type: 'undo' })
    expect(none.now).toEqual(emptyDraft)
    expect(changed(changed(none, { type: 'redo' }), { type: 'redo' }).now).toEqual(both.now)
    expect(changed(both, { type: 'redo' })).toBe(both)
  })

  test('a drag in motion is one step, and a new step discards undone ones', () => {
    const move = (x: number): Change => ({
      type: 'amend',
      to: (now) => withDrag(now, 0, movedEnd(drag(3, 3), 'target', { x, y: 3 })),
    })
    const moved = through(put, add, move(9), move(11))
    expect(moved.now.drags[0]?.target.x).toBe(11)
    expect(changed(moved, { type: 'undo' }).now.drags).toEqual([])
    expect(changed(changed(moved, { type: 'undo' }), put).future).toEqual([])
  })

  test('a mask that arrives late is set in every state that contains its thing', () => {
    const late = thing(7, null)
    const putLate: Change = { type: 'step', to: (now) => withThing(now, late) }
    const found: Change = { type: 'found', thing: late, mask: square(2, 2, 3) }
    const dragged = through(putLate, add, found)
    expect(white(dragged.now.things[0]?.mask ?? null)).toBe(9)
    expect(white(changed(dragged, { type: 'undo' }).now.things[0]?.mask ?? null)).toBe(9)
    // A thing that was corrected in the meantime waits for its own mask.
    const corrected = { ...late, remove: [{ points: [{ x: 1, y: 1 }], radius: 1 }] }
    const fix: Change = { type: 'step', to: (now) => withThing(now, corrected) }
    expect(through(putLate, fix, found).now.things[0]?.mask).toBeNull()
  })
})

describe('what moves', () => {
  test('is the union of all things, each with a rim; a mask from a file gets no rim', () => {
    const both = [thing(1, square(2, 2, 3)), thing(2, square(12, 3, 2)), thing(3, null)]
    expect(white(movingMask(both, 1))).toBe(25 + 16)
    expect(white(movingMask(both, 0))).toBe(9 + 4)
    expect(white(movingMask([{ ...thing(1, square(2, 2, 3)), given: true }], 1))).toBe(9)
    // The rim ends at the border.
    expect(white(movingMask([thing(1, square(0, 0, 2))], 2))).toBe(16)
    expect(movingMask([thing(1, null)], 1)).toBeNull()
  })

  test('things keep their numbers where they touch, and a rim is never over another thing', () => {
    const both = [thing(1, square(2, 2, 3)), thing(9, null), thing(2, square(5, 2, 3))]
    const mask = movingMask(both, 2)
    const row = mask?.things?.slice(3 * 20, 3 * 20 + 11)
    expect([...(row ?? [])]).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0])
    const draft = { ...emptyDraft, things: both }
    expect(asked(draft)).toMatchObject({ scope: 'thing' })
    expect(asked({ ...draft, things: both.slice(1, 2) })).not.toHaveProperty('scope')
  })

  test('one thing moves as a whole, also where it is in pieces', () => {
    const [one, other] = [square(2, 2, 3), square(12, 3, 2)]
    const data = one.data.map((value, at) => value | (other.data[at] ?? 0))
    const pieces = [thing(1, { ...one, data })]
    const mask = movingMask(pieces, 0)
    const row = mask?.things?.slice(3 * 20, 3 * 20 + 16)
    expect([...(row ?? [])]).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0])
    expect(asked({ ...emptyDraft, things: pieces })).toMatchObject({ scope: 'thing' })
  })

  test('the topmost thing at a point is found', () => {
    const both = [thing(1, square(2, 2, 4)), thing(2, square(4, 4, 4))]
    expect(thingAt(both, { x: 5, y: 5 })?.id).toBe(2)
    expect(thingAt(both, { x: 2.5, y: 2.5 })?.id).toBe(1)
    expect(thingAt(both, { x: 15, y: 1 })).toBeNull()
    expect(thingAt(both, { x: -1, y: 50 })).toBeNull()
  })

  test('removing a thing removes its drags, except those on another thing', () => {
    const things = [thing(1, square(2, 2, 3)), thing(2, square(12, 3, 3))]
    // The photo is twice the size of the shown copy.
    const edit = { ...emptyDraft, things, drags: [drag(6, 6), drag(27, 8), drag(1, 1)] }
    const left = withoutThing(edit, 1, 0.5)
    expect(left.things.map(({ id }) => id)).toEqual([2])
    expect(left.drags.map(({ handle }) => handle.x)).toEqual([27, 1])
  })

  test('a pin moves as a whole', () => {
    const pin = { handle: { x: 3, y: 3 }, target: { x: 3, y: 3 } }
    const to = { x: 8, y: 4 }
    expect(movedEnd(pin, 'both', to)).toEqual({ handle: to, target: to })
    expect(movedEnd(pin, 'handle', to)).toEqual({ handle: to, target: pin.target })
  })
})

describe('a part that joins a thing', () => {
  const whole = { ...thing(1, square(2, 2, 3)), given: true }
  const part = (left: number): Thing => ({ ...thing(2, square(left, 2, 3)), joins: 1 })
  const step = (one: Thing): Change => ({ type: 'step', to: (now) => withThing(now, one) })
  const joinPart = (id: number): Change => ({
    type: 'everywhere',
    to: (draft) => joined(draft, id, 1),
  })
  const join = joinPart(2)

  test('is one with it if they touch, in every state that has it', () => {
    const { past, now } = through(step(whole), step(part(5)), join)
    expect(past.map(({ things }) => things)).toEqual([[], [whole]])
    expect(now.things.map(({ id, joins, given }) => [id, joins, given])).toEqual([
      [1, undefined, undefined],
    ])
    expect(white(now.things[0]?.mask ?? null)).toBe(18)
  })

  test('stays a thing of its own if they do not, or if the other is gone', () => {
    for (const states of [
      through(step(whole), step(part(10)), join),
      through(step(part(5)), join),
    ]) {
      const { things } = states.now
      expect(things.find(({ id }) => id === 2)).not.toHaveProperty('joins')
      expect(white(things.find(({ id }) => id === 2)?.mask ?? null)).toBe(9)
    }
  })

  test('is no part if it is ground: its drags hold the nearest pixel of the thing, as pins do not', () => {
    const ground = square(0, 0, 0)
    ground.data.fill(1, 0, 100)
    const drags = [
      { handle: { x: 6, y: 1 }, target: { x: 9, y: 0 } },
      { handle: { x: 9, y: 1 }, target: { x: 9, y: 1 } },
    ]
    const { now } = through(
      step(whole),
      step({ ...part(5), add: [{ points: [{ x: 6, y: 1 }], radius: 1 }], mask: ground }),
      { type: 'step', to: (draft) => ({ ...draft, drags }) },
      join,
    )
    expect(now.things).toEqual([whole])
    expect(now.drags).toEqual([
      { handle: { x: 4.5, y: 2.5 }, target: { x: 7.5, y: 1.5 } },
      drags[1],
    ])
  })

  test('is left alone if another outline was found', () => {
    const { now } = through(step(whole), step(part(5)), joinPart(1))
    expect(now.things).toEqual([whole, part(5)])
  })
})

describe('a better mask', () => {
  const [before, better] = [square(2, 2, 3), square(2, 2, 5)]
  const put: Change = { type: 'step', to: (now) => withThing(now, thing(1, before)) }
  const refound: Change = {
    type: 'refound',
    id: 1,
    before,
    mask: better,
    candidates: [square(3, 3, 1), better],
    scale: 1,
  }

  test('replaces the one that was found, also in states before and after', () => {
    const add: Change = { type: 'step', to: (now) => ({ ...now, drags: [drag(3, 3)] }) }
    const found = through(put, add, refound)
    expect(found.now.things[0]?.mask).toBe(better)
    expect(found.past.at(-1)?.things[0]?.mask).toBe(better)
  })

  test('does not replace one that was corrected, or one with a handle that would be beside it', () => {
    const other = square(0, 0, 2)
    const corrected: Change = { type: 'step', to: (now) => withThing(now, thing(1, other)) }
    expect(through(put, corrected, refound).now.things[0]?.mask).toBe(other)
    const add: Change = { type: 'step', to: (now) => ({ ...now, drags: [drag(3, 3)] }) }
    const small = { ...refound, mask: square(2, 2, 1) }
    expect(through(put, add, small).now.things[0]?.mask).toBe(before)
  })

  test('has larger and smaller candidates', () => {
    const [found] = through(put, refound).now.things as [Thing]
    const smaller = stepped(found, -1)
    expect(white(smaller.mask)).toBe(1)
    expect(stepped(smaller, -1)).toBe(smaller)
    expect(stepped(smaller, 1).mask).toBe(better)
    expect(stepped(found, 1)).toBe(found)
    expect(stepped(thing(1, before), 1).mask).toBe(before)
  })
})

describe('a thing whose outline is looked for', () => {
  const boxed = { ...thing(1, null), box: { left: 2, top: 2, width: 4, height: 4 } }
  const clicked = { ...thing(2, null), add: [{ points: [{ x: 12, y: 5 }], radius: 1.5 }] }

  test('is meant by a point in its box or lasso, or near its click', () => {
    const at = (x: number, y: number, of: readonly Thing[] = [boxed, clicked]) =>
      soughtAt(of, { x, y }, 2)?.id
    expect([at(3, 3), at(8, 3), at(12, 3), at(12, 8)]).toEqual([1, undefined, 2, undefined])
    // A lasso bounds it more closely than the box around it.
    const lassoed = { ...boxed, within: square(2, 2, 2) }
    expect([at(3, 3, [lassoed]), at(5, 5, [lassoed])]).toEqual([1, undefined])
    expect(at(3, 3, [{ ...boxed, mask: square(2, 2, 2) }])).toBeUndefined()
    expect(at(3, 3, [boxed, { ...boxed, id: 3 }])).toBe(3)
  })

  test('is held by its nearest pixel once it is found, by drags that were begun on it', () => {
    const found = { ...boxed, mask: square(2, 2, 2) }
    const pin = { handle: { x: 5, y: 5 }, target: { x: 5, y: 5 } }
    const drags = [drag(3, 3), drag(5, 5), drag(9, 5), pin]
    const held = withHeld({ ...emptyDraft, things: [found], drags }, boxed, 2, 1)
    const nearest = { handle: { x: 3.5, y: 3.5 }, target: { x: 8.5, y: 3.5 } }
    expect(held.drags).toEqual([drag(3, 3), nearest, drag(9, 5), pin])
    // Two pixels of the mask are one of the photo.
    const smaller = withHeld(
      { ...emptyDraft, things: [found], drags: [drag(2.5, 2.5)] },
      boxed,
      2,
      2,
    )
    expect(smaller.drags).toEqual([{ handle: { x: 1.75, y: 1.75 }, target: { x: 6.75, y: 1.75 } }])
  })

  test('moves as far as the photo goes', () => {
    const found = { ...boxed, mask: square(5, 5, 1) }
    const far = { handle: { x: 2.5, y: 2.5 }, target: { x: 18.5, y: 9 } }
    const { drags } = withHeld({ ...emptyDraft, things: [found], drags: [far] }, boxed, 2, 1)
    expect(drags).toEqual([{ handle: { x: 5.5, y: 5.5 }, target: { x: 20, y: 10 } }])
  })

  test('leaves a drag that was begun on another one above it, which is not found yet', () => {
    const found = { ...boxed, mask: square(2, 2, 2) }
    const above = { ...boxed, id: 3 }
    const draft = { ...emptyDraft, things: [found, above], drags: [drag(5, 5)] }
    expect(withHeld(draft, boxed, 2, 1).drags).toEqual(draft.drags)
  })

  test('does not take the drag of another thing in its box', () => {
    const things = [{ ...boxed, mask: square(2, 2, 2) }, thing(9, square(5, 5, 1))]
    const draft = { ...emptyDraft, things, drags: [drag(5.5, 5.5)] }
    expect(withHeld(draft, boxed, 2, 1)).toBe(draft)
    const gone = { ...draft, things: things.slice(1) }
    expect(withHeld(gone, boxed, 2, 1)).toBe(gone)
  })
})

describe('the field of the preview is that of the result', () => {
  test.each([
    ['a transformer moves tokens by the paper’s', { model: 'embedded', field: 'rigid' }, 'paper’s'],
    ['instant has its default', { model: 'instant' }, 'rigid'],
    ['instant in the profile of the paper', { model: 'instant', profile: 'paper' }, 'paper’s'],
    ['what is chosen wins', { model: 'instant', profile: 'paper', field: 'rigid' }, 'rigid'],
  ] as const)('%s', (_, options, expected) => {
    expect(fieldOf(options)).toBe(expected === 'rigid' ? 'rigid' : 'inverse-distance')
    if (options.model !== 'instant') return
    const settings = EditSettings.parse({ ...options, drags: [drag(10, 10)] })
    const { sampler } = resolveSettings(withModel(settings, 'instant'), () => 1)
    expect(sampler.field).toBe(fieldOf(options))
  })
})
