/** A question before something that cannot be undone. */

import { useEffect, useRef } from 'preact/hooks'

export type QuestionProps = {
  readonly text: string
  /** What the button says that does it. */
  readonly verb: string
  readonly yes: () => void
  readonly no: () => void
}

export function Question({ text, verb, yes, no }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="question" onCancel={no} aria-labelledby="question">
      <p id="question">{text}</p>
      <div class="buttons">
        <button type="button" onClick={no}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={yes}>
          {verb}
        </button>
      </div>
    </dialog>
  )
}
