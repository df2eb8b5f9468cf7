/** The start page: open, take or drop a photo, or try a sample. */

import { useRef } from 'preact/hooks'

const SAMPLES = ['balloon', 'ladybird', 'fishes', 'lighthouse'] as const

export type StartProps = {
  readonly open: (file: Blob, name: string) => void
  /** The edit that is still open; null without one. */
  readonly back: { readonly name: string; readonly go: () => void } | null
  readonly busy: boolean
}

export function Start({ open, back, busy }: StartProps) {
  const file = useRef<HTMLInputElement>(null)
  const camera = useRef<HTMLInputElement>(null)
  const chosen = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement
    const [picked] = input.files ?? []
    if (picked !== undefined) open(picked, picked.name)
    input.value = ''
  }
  const sample = async (name: string) => {
    const response = await fetch(`./samples/${name}.jpg`)
    open(await response.blob(), `${name}.jpg`)
  }
  return (
    <section class="start" aria-busy={busy}>
      <h1>Drag things in a photo</h1>
      <p class="lead">
        Click a thing, drag it to where it should be, and let the model redraw the photo.
      </p>
      {back !== null && (
        <p>
          <button type="button" onClick={back.go}>
            Back to {back.name}
          </button>
        </p>
      )}
      <div class="start-buttons">
        <button type="button" class="primary" onClick={() => file.current?.click()}>
          Open a photo
        </button>
        <button type="button" onClick={() => camera.current?.click()}>
          Take a photo
        </button>
      </div>
      <p class="hint">You can also drop or paste a photo here, or open a saved edit (edit.json).</p>
      <input
        ref={file}
        type="file"
        accept="image/*,application/json,.json"
        onChange={chosen}
        aria-label="Open a photo or a saved edit"
        class="hidden"
      />
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        onChange={chosen}
        aria-label="Take a photo"
        class="hidden"
      />
      <h2>Try a sample</h2>
      <ul class="samples">
        {SAMPLES.map((name) => (
          <li key={name}>
            <button type="button" onClick={() => void sample(name)}>
              <img src={`./samples/${name}.jpg`} alt="" />
              <span>{name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
