/** The list of things that move, to select or remove them. */

import type { Draft } from '../edit/draft.ts'

export function ThingList(props: {
  readonly draft: Draft
  readonly active: number | null
  readonly setActive: (id: number) => void
  readonly remove: (id: number) => void
}) {
  const { things } = props.draft
  if (things.length === 0) return null
  return (
    <ul class="things" aria-label="Things that move">
      {things.map(({ id, mask }, i) => (
        <li key={id}>
          <button
            type="button"
            class="quiet"
            aria-pressed={id === props.active}
            onClick={() => props.setActive(id)}
          >
            Thing {i + 1}
            {mask === null ? ' …' : ''}
          </button>
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
