/** The sheet of shortcuts. */

import { useEffect, useRef } from 'preact/hooks'

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Ctrl Z, Ctrl Shift Z', 'Undo, redo'],
  ['[ and ]', 'A smaller or larger outline of the selected thing'],
  ['Delete', 'Remove the selected thing, or the drag whose dot has the focus'],
  ['Escape', 'Cancel the drag in progress'],
  ['Space and drag, middle button', 'Move the view'],
  ['0, 1, +, −', 'Show the whole photo, show it at its own size, zoom in, zoom out'],
  ['Tab to the photo, arrow keys', 'Move the crosshair; with Shift in small steps'],
  ['Enter, space bar', 'At the crosshair: click; grab and let go'],
  ['Arrow keys on a dot', 'Move it by a pixel of the photo; with Shift by ten'],
  ['Arrow keys on a round handle', 'Turn or scale the selected thing; with Shift in large steps'],
  ['?', 'Show these shortcuts'],
]

export function Shortcuts({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="question" onClose={close} aria-labelledby="shortcuts">
      <h2 id="shortcuts">Shortcuts</h2>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  )
}
