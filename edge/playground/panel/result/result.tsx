/** The result: a slider to compare it with the photo, and buttons. */

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Result } from '../../run/run.ts'
import { Zoom } from '../../stage/zoom.tsx'
import { Warnings } from '../warnings.tsx'
import { Candidates } from './candidates.tsx'
import { useUrl } from './use-url.ts'

export type ResultProps = {
  readonly result: Result
  /** All results of the session. */
  readonly results: readonly Result[]
  readonly continueFrom: () => void
  /** Shows another result; null for the edit. */
  readonly show: (result: Result | null) => void
}

/** The largest zoom, of the fitting size. */
const MOST_ZOOM = 16

export function ResultView({ result, results, continueFrom, show }: ResultProps) {
  const [share, setShare] = useState(50)
  const compare = useRef<HTMLDivElement>(null)
  const [zoom, setZoom] = useState(1)
  const [held, setHeld] = useState(false)
  const { before, size, name } = result
  /** Width on the screen, in CSS pixels. */
  const [wide, setWide] = useState(0)
  useEffect(() => {
    const element = compare.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWide(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const zoomTo = (next: number) => setZoom(Math.max(0.5, Math.min(MOST_ZOOM, next)))
  const shown = held ? 100 : share
  const was = useUrl(before)
  const is = useUrl(result.picture)
  return (
    <section class="result" aria-label="Result">
      <div class="frame">
        <div
          class="compare"
          ref={compare}
          style={{ '--ratio': String(size.width / size.height), '--zoom': String(zoom) }}
        >
          {is !== null && <img class="after" src={is} alt="After" data-testid="after" />}
          {was !== null && (
            <img
              class="before"
              src={was}
              alt="Before"
              style={{ clipPath: `inset(0 ${100 - shown}% 0 0)` }}
            />
          )}
          <div class="divider" style={{ left: `${shown}%` }} aria-hidden="true" />
          <input
            type="range"
            min="0"
            max="100"
            value={share}
            aria-label="Before and after"
            aria-valuetext={`${share} % before`}
            onInput={({ currentTarget: { value } }) => setShare(Number(value))}
          />
          <span class="tag left">Before</span>
          <span class="tag right">After</span>
        </div>
      </div>
      <Candidates results={results} shown={result} show={show} />
      <p class="hint">
        Done in {result.seconds.toFixed(1)} s with seed {result.seed}.
      </p>
      <Warnings warnings={result.warnings} />
      <div class="buttons">
        <Zoom
          share={wide / size.width}
          zoom={(factor) => zoomTo(zoom * factor)}
          actual={() => zoomTo((zoom * size.width) / Math.max(1, wide))}
          fit={() => zoomTo(1)}
        />
        {is !== null && (
          <a class="button primary" href={is} download={`${name}-edited.png`}>
            Download
          </a>
        )}
        <HoldButton hold={setHeld} />
        <button type="button" onClick={continueFrom}>
          Continue from this
        </button>
        <button type="button" onClick={() => show(null)}>
          Back to the edit
        </button>
      </div>
    </section>
  )
}

/** Shows the photo while it is pressed, by pointer or by the space bar. */
function HoldButton({ hold }: { readonly hold: (held: boolean) => void }) {
  const onKey = (held: boolean) => (event: KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') hold(held)
  }
  return (
    <button
      type="button"
      onPointerDown={() => hold(true)}
      onPointerUp={() => hold(false)}
      onPointerLeave={() => hold(false)}
      onPointerCancel={() => hold(false)}
      onKeyDown={onKey(true)}
      onKeyUp={onKey(false)}
      onBlur={() => hold(false)}
      onContextMenu={(event) => event.preventDefault()}
    >
      Hold to compare
    </button>
  )
}
