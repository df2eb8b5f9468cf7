/**
 * Mean distance and similarity on the features of SAM's encoder, which need no weights but the
 * optional package's. The numbers are not those of papers, which match features of Stable Diffusion.
 */

import type { Sam } from '../../../gpu-worker/sam/sam.ts'
import type { EvaluationCase } from '../../case.ts'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { landingOf } from '../regions/landing.ts'
import { FeatureGrid } from './feature-grid.ts'
import { meanDistance } from './matching.ts'
import { sourceToSource, sourceToTarget } from './similarity.ts'

/** @param sam is closed with the metric */
export function samFeatures(sam: Sam): Metric {
  const photos = new WeakMap<EvaluationCase, Promise<FeatureGrid>>()
  return {
    name: 'sam-features',
    columns: {
      'md-px': 'lower',
      'm-md-px': 'lower',
      's2t-cosine': 'higher',
      's2s-cosine': 'lower',
    },
    async measure({ one, photo, edited }) {
      const before = photos.get(one) ?? gridOf(sam, photo)
      photos.set(one, before)
      const pair = { photo: await before, result: await gridOf(sam, edited.picture) }
      const editable = one.mask?.kind === 'editable' ? one.mask.mask.data : undefined
      const landing = landingOf(one)
      return known({
        'md-px': meanDistance(pair, one.scored),
        'm-md-px': editable === undefined ? undefined : meanDistance(pair, one.scored, editable),
        's2t-cosine': sourceToTarget(pair, landing),
        's2s-cosine': sourceToSource(pair, landing),
      })
    },
    close: () => sam.close(),
  }
}

async function gridOf(sam: Sam, { width, height, data }: Picture): Promise<FeatureGrid> {
  const rgb = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++)
    for (let channel = 0; channel < 3; channel++) rgb[3 * at + channel] = data[4 * at + channel]!
  const { placed, features } = await sam.features({ width, height, data: rgb })
  const [, channels = 0, rows = 0, cols = 0] = features.dims
  if (features.type !== 'F32') throw new Error("SAM's features are not float32")
  const { content, square } = placed
  const covered = { rows: (content.height * rows) / square, cols: (content.width * cols) / square }
  return new FeatureGrid(
    features.data,
    [channels, rows, cols],
    { width, height },
    'bilinear',
    covered,
  )
}

/** The columns that have a value. */
export function known(columns: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, number] => entry[1] !== undefined),
  )
}
