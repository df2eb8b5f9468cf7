/**
 * GScore (GoodDrag, Sec. 4.2): quality by a multimodal model from 1 to 10, the mean of ten answers. The
 * published one rates the results of three methods in one question; here each result is alone.
 */

import type { Metric } from '../../metric.ts'
import { meanOf } from '../regions/drag-points.ts'
import { shown } from './drag-map.ts'
import type { Judge } from './judge.ts'
import { image, qualityTask, text } from './questions.ts'

const SCALE = { from: 1, to: 10, whole: false } as const
const REPEATS = 10
/** As published. */
const TEMPERATURE = 0.4

export function gscore(judge: Judge): Metric {
  return {
    name: 'gscore',
    columns: { rating: 'higher' },
    async measure({ photo, edited }, signal) {
      const pictures = [image(await shown(photo)), image(await shown(edited.picture))]
      const messages = [{ role: 'user' as const, content: [text(qualityTask), ...pictures] }]
      const ratings: number[] = []
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const question = { messages, temperature: TEMPERATURE }
        const rating = await judge.score(question, SCALE, signal, repeat)
        if (rating !== undefined) ratings.push(rating)
      }
      // Those that can be read are kept: the next time, only the others are asked again.
      const missing = REPEATS - ratings.length
      if (missing > 0)
        throw new Error(`${missing} of the judge’s ${REPEATS} answers have no rating`)
      return { rating: meanOf(ratings) as number }
    },
    totals: () => judge.totals(),
    async close() {},
  }
}
