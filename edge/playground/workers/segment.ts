/** Web Worker that finds things, so that the page stays responsive. */

import { Segmenter } from '../../../shared/segmentation/segmenter.ts'
import type { FromSegmenter, ToSegmenter } from './messages.ts'

let segmenter: Segmenter | null = null

addEventListener('message', ({ data }: MessageEvent<ToSegmenter>) => {
  if (data.type === 'open') {
    segmenter = new Segmenter(data.pixels)
    segmenter.prepare()
    return
  }
  if (segmenter === null) throw new Error('no photo is open')
  const mask = segmenter.segment(data.hints)
  postMessage({ id: data.id, mask } satisfies FromSegmenter, { transfer: [mask.data.buffer] })
})
