/** Two red squares on grey, and a SAM that answers as it is told. */

import sharp from 'sharp'
import type { EditSam } from '../../../gpu-worker/mask/edit-sam.ts'
import type { Prompt } from '../../../gpu-worker/sam/prompt.ts'
import type { Size } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'

/** @param squares left, top, width, height */
export function photoOf(
  size: Size,
  squares: readonly (readonly [number, number, number, number])[],
): Promise<Buffer> {
  return sharp({ create: { ...size, channels: 3, background: '#999' } })
    .composite(
      squares.map(([left, top, width, height]) => ({
        input: { create: { width, height, channels: 3, background: '#e02020' } },
        left,
        top,
      })),
    )
    .png()
    .toBuffer()
}

/** A SAM that answers every prompt by `answer`, and what it was asked. */
export function standIn(answer: (prompt: Prompt) => Mask, score = 0.9) {
  const asked: Prompt[] = []
  const sam: EditSam = {
    candidates: async (_, prompt) => {
      asked.push(prompt)
      return [{ mask: answer(prompt), score }]
    },
    refine: () => Promise.reject(new Error('nothing is refined')),
  }
  return { sam, asked }
}
