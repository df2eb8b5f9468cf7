/** The list of things that move, to select or remove them. */

import type { Draft } from '../../edit/draft.ts'
import type { ShownPhoto } from '../../edit/photo.ts'
import { CutOut } from './cut-out.tsx'

export function ThingList(props: {
  readonly draft: Draft
  readonly shown: ShownPhoto['shown']
  readonly active: number | null
  readonly setActive: (id: number) => void
  readonly remove: (id: number) => void
  readonly resize: (by: 1 | -1) => void
}) {
  const { things } = props.draft
  if (things.length === 0) return null
  return (
    <ul class="things" aria-label="Things that move">
      {things.map(({ id, mask, candidates }, i) => (
        <li key={id}>
          <button
            type="button"
            class="thing"
            aria-label={`Thing ${i + 1}`}
            aria-pressed={id === props.active}
            onClick={() => props.setActive(id)}
          >
            {mask === null ? '…' : <CutOut shown={props.shown} mask={mask} />}
          </button>
          {id === props.active &&
            (candidates?.length ?? 0) > 1 &&
            ([-1, 1] as const).map((by) => (
              <button
                key={by}
                type="button"
                class="quiet"
                title={by > 0 ? 'Larger (])' : 'Smaller ([)'}
                aria-label={by > 0 ? 'Larger' : 'Smaller'}
                onClick={() => props.resize(by)}
              >
                {by > 0 ? '+' : '−'}
              </button>
            ))}
          <button
            type="button"
            class="quiet"
            aria-label={`Remove thing ${i + 1}`}
            onClick={() => props.remove(id)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}
