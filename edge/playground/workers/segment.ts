/** Web Worker that finds things, so that the page stays responsive. */

import { completed } from '../../../shared/instant/outline/completed.ts'
import { isOnMask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import { Segmenter } from '../../../shared/segmentation/segmenter.ts'
import type { FromSegmenter, ToSegmenter } from './messages.ts'

let opened: { readonly pixels: Pixels; readonly segmenter: Segmenter } | null = null

addEventListener('message', ({ data }: MessageEvent<ToSegmenter>) => {
  if (data.type === 'open') {
    opened = { pixels: data.pixels, segmenter: new Segmenter(data.pixels) }
    opened.segmenter.prepare()
    return
  }
  if (opened === null) throw new Error('no photo is open')
  const { pixels, segmenter } = opened
  const mask =
    data.type === 'segment'
      ? segmenter.segment(data.hints)
      : completed(pixels, data.mask, isOnMask.bind(null, data.others, pixels))
  const transfer = mask === null ? [] : [mask.data.buffer]
  postMessage({ id: data.id, mask } satisfies FromSegmenter, { transfer })
})
