/** Small pieces that every page of the console uses. */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Read } from '../api/hooks.ts'
import { Question } from './question.tsx'

/** What was read, or what is said until then. */
export function Loaded<T>({
  read,
  children,
}: {
  readonly read: Read<T>
  readonly children: (data: T) => ComponentChildren
}) {
  const { data, error, reload } = read
  return (
    <>
      {error !== null && (
        <p class="problem" role="alert">
          {error.message}{' '}
          <button type="button" class="quiet" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      {data !== null && children(data)}
      {data === null && error === null && (
        <p class="hint" role="status">
          Loading …
        </p>
      )}
    </>
  )
}

export function ErrorLine({ error }: { readonly error: string | null }) {
  return error === null ? null : (
    <p class="problem" role="alert">
      {error}
    </p>
  )
}

type Tone = 'good' | 'bad' | 'plain' | 'busy'

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>
}

/** A button that asks before it does what cannot be undone. */
export function AskButton({
  label,
  text,
  verb,
  busy,
  onYes,
}: {
  readonly label: string
  readonly text: string
  readonly verb: string
  readonly busy: boolean
  readonly onYes: () => void
}) {
  const [asks, setAsks] = useState(false)
  return (
    <>
      <button type="button" class="danger quiet" disabled={busy} onClick={() => setAsks(true)}>
        {label}
      </button>
      {asks && (
        <Question
          text={text}
          verb={verb}
          no={() => setAsks(false)}
          yes={() => {
            setAsks(false)
            onYes()
          }}
        />
      )}
    </>
  )
}

/** A secret that is shown once. */
export function Once({
  what,
  secret,
  done,
}: {
  readonly what: string
  readonly secret: string
  readonly done: () => void
}) {
  const [copied, setCopied] = useState(false)
  return (
    <section class="card once" aria-label={`New ${what}`}>
      <p>
        <strong>Copy the {what} now.</strong> It is not stored, and cannot be shown again.
      </p>
      <code data-testid="secret">{secret}</code>
      <div class="buttons">
        <button
          type="button"
          class="primary"
          onClick={() => navigator.clipboard.writeText(secret).then(() => setCopied(true))}
        >
          Copy
        </button>
        <button type="button" onClick={done}>
          Done
        </button>
        <span role="status">{copied ? 'Copied.' : ''}</span>
      </div>
    </section>
  )
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string
  readonly hint?: string
  readonly children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: its control is the child
    <label class="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small class="hint">{hint}</small>}
    </label>
  )
}
