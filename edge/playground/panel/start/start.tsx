/** The start page: open, take or drop a photo, or try a photograph with drags that are ready to apply. */

import { useRef } from 'preact/hooks'
import { PhotoError } from '../../edit/photo.ts'
import { BeforeAfter } from './before-after.tsx'
import { photographs } from './photographs.ts'

export type StartProps = {
  readonly open: (file: Blob | Promise<Blob>, name: string) => void
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
  return (
    <section class="start" aria-busy={busy}>
      <div class="start-top">
        <div>
          <h1>Drag things in a photo</h1>
          <p class="lead">Click a thing, drag it to where it should be, and apply the edit.</p>
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
          <p class="hint">
            You can also drop or paste a photo here, or open a saved edit (edit.json).
          </p>
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
        </div>
        <BeforeAfter />
      </div>
      <h2 id="photographs">Or try one of these, with the drags ready</h2>
      <ul class="samples" aria-labelledby="photographs">
        {photographs.map(({ name, title, does }) => (
          <li key={name}>
            <button type="button" onClick={() => open(editOf(name), `${name}.json`)}>
              <img src={`./samples/${name}.jpg`} alt="" width="320" height="214" loading="lazy" />
              <strong>{title}</strong>
              <span>{does}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">
        Photographs by {photographs.map(({ by }) => by).join(', ')}.{' '}
        <a href="./samples/LICENSE.txt" target="_blank" rel="noreferrer">
          Licences
        </a>
      </p>
    </section>
  )
}

/** A photograph's edit file. @throws PhotoError if it does not come */
async function editOf(name: string): Promise<Blob> {
  const lost = new PhotoError('The photograph did not load. Check your connection and try again.')
  try {
    const response = await fetch(`./samples/${name}.json`)
    if (!response.ok) throw lost
    return await response.blob()
  } catch (error) {
    // What fetch throws when it gets no answer.
    if (error instanceof TypeError) throw lost
    throw error
  }
}
