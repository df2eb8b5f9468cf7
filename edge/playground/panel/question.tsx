/** A question before something is thrown away. */

import { useEffect, useRef } from 'preact/hooks'

export type QuestionProps = {
  /** Throws it away. */
  readonly yes: () => void
  readonly no: () => void
}

export function Question({ yes, no }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="question" onCancel={no} aria-labelledby="question">
      <p id="question">This edit is not saved. Discard it and open the other photo?</p>
      <div class="buttons">
        <button type="button" class="primary" onClick={no}>
          Keep this edit
        </button>
        <button type="button" onClick={yes}>
          Discard it
        </button>
      </div>
    </dialog>
  )
}
