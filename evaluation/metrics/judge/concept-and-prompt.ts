/**
 * Concept preservation (CP) and prompt following (PF) by a multimodal model (paper, Figs. 10 and 11,
 * after DreamBench++). The model first sums up the task, then sees the pictures.
 */

import type { Measured, Metric } from '../../metric.ts'
import { dragMap, shown, withTargets } from './drag-map.ts'
import type { Part } from './endpoint.ts'
import type { Judge } from './judge.ts'
import { conceptTask, image, promptTask, secondTurn, text } from './questions.ts'

const SCALE = { from: 0, to: 4, whole: true } as const

/** @param temperature of every question; null to leave it to the model */
export function conceptAndPrompt(judge: Judge, temperature: number | null): Metric {
  const plans = new Map<string, Promise<string>>()
  const planFor = (task: string, signal: AbortSignal): Promise<string> => {
    const known = plans.get(task) ?? plan(task, signal)
    plans.set(task, known)
    known.catch(() => plans.delete(task))
    return known
  }
  const plan = async (task: string, signal: AbortSignal) => {
    const messages = [{ role: 'user' as const, content: task }]
    const words = await judge.words({ messages, temperature }, signal)
    if (words === undefined) throw new Error('the judge’s summary of its task is empty or cut off')
    return words
  }
  const score = async (task: string, parts: readonly Part[], signal: AbortSignal) => {
    const messages = secondTurn(task, await planFor(task, signal), parts)
    const points = await judge.score({ messages, temperature }, SCALE, signal)
    return points === undefined ? undefined : points / SCALE.to
  }
  return {
    name: 'judge',
    columns: { cp: 'higher', pf: 'higher', 'cp-pf': 'higher' },
    async measure(measured, signal) {
      const cp = await score(conceptTask, await conceptPictures(measured), signal)
      // Asked in any case: what can be read is kept for the next time.
      const pf = await score(promptTask, await promptPictures(measured), signal)
      if (cp === undefined) throw new Error('the judge’s answer about CP has no score')
      if (pf === undefined) throw new Error('the judge’s answer about PF has no score')
      return { cp, pf, 'cp-pf': cp * pf }
    },
    totals: () => judge.totals(),
    async close() {},
  }
}

async function conceptPictures({ one, photo, edited }: Measured): Promise<Part[]> {
  return [
    text('The original:'),
    image(await shown(photo)),
    text('The drag map:'),
    image(await dragMap(photo, one.scored)),
    text('The result:'),
    image(await shown(edited.picture)),
    text('Now judge concept preservation.'),
  ]
}

async function promptPictures({ one, photo, edited }: Measured): Promise<Part[]> {
  const words = one.prompt === '' ? 'There is no text about this photograph.' : one.prompt
  return [
    text(`The text: ${words}`),
    text('The original:'),
    image(await shown(photo)),
    text('The drag map:'),
    image(await dragMap(photo, one.scored)),
    text('The result, with blue dots at the targets:'),
    image(await withTargets(edited.picture, one.scored)),
    text('Now judge prompt following.'),
  ]
}
