/** Buttons of the view: out, the share of the photo's size, in, and fit. */

export type ZoomProps = {
  /** At 1, the photo's pixels are CSS pixels. */
  readonly share: number
  readonly zoom: (factor: number) => void
  readonly actual: () => void
  readonly fit: () => void
}

const STEP = 1.25

export function Zoom({ share, zoom, actual, fit }: ZoomProps) {
  return (
    <div class="zoom" role="group" aria-label="View">
      <button
        type="button"
        aria-label="Zoom out"
        title="Zoom out (-)"
        onClick={() => zoom(1 / STEP)}
      >
        −
      </button>
      <button type="button" title="The photo’s own size (1)" onClick={actual}>
        {Math.round(100 * share)} %
      </button>
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(STEP)}>
        +
      </button>
      <button type="button" title="The whole photo (0)" onClick={fit}>
        Fit
      </button>
    </div>
  )
}
