/**
 * What the product does, on the empty page: a drag, the photo before it and the result after it. Moves
 * unless it is paused; where less motion is asked for, both pictures stand side by side.
 */

import { useState } from 'preact/hooks'
import { shown } from './photographs.ts'

const { width, height, drag } = shown
const { handle, target } = drag

export function BeforeAfter() {
  const [paused, setPaused] = useState(false)
  return (
    <figure class={paused ? 'story paused' : 'story'}>
      <div
        class="story-frame"
        role="img"
        aria-label="Before: a fig in a red bowl, with an arrow to the lower right. After: the fig and its shadow are there, and the bowl is whole where they were."
      >
        <div class="story-before">
          <img src="./samples/before.jpg" alt="" width={width} height={height} />
          <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <path
              class="story-way"
              pathLength="1"
              d={`M${handle.x} ${handle.y}L${target.x} ${target.y}`}
            />
            <circle
              class="story-finger"
              cx={handle.x}
              cy={handle.y}
              r="20"
              style={{
                '--across': `${target.x - handle.x}px`,
                '--down': `${target.y - handle.y}px`,
              }}
            />
          </svg>
          <span aria-hidden="true">Before</span>
        </div>
        <div class="story-after">
          <img src="./samples/after.jpg" alt="" width={width} height={height} />
          <span aria-hidden="true">After</span>
        </div>
      </div>
      <button type="button" class="quiet" onClick={() => setPaused(!paused)}>
        {paused ? 'Play' : 'Pause'}
      </button>
    </figure>
  )
}
