/** Buttons to save the edit, to copy it as code, and to open another photo. */

import { useState } from 'preact/hooks'

export type FilesProps = {
  readonly save: () => void
  readonly open: () => void
  readonly curl: () => string
  readonly typescript: () => string
}

export function Files({ save, open, curl, typescript }: FilesProps) {
  const [copied, setCopied] = useState<string | null>(null)
  const copy = async (name: string, text: string) => {
    await navigator.clipboard.writeText(text)
    setCopied(name)
    setTimeout(() => setCopied(null), 1500)
  }
  return (
    <div class="files" role="group" aria-label="Save, copy or open">
      <button type="button" class="quiet" onClick={save}>
        Save this edit
      </button>
      <button type="button" class="quiet" onClick={open}>
        Open another photo
      </button>
      <details class="export">
        <summary>Export</summary>
        <button type="button" class="quiet" onClick={() => void copy('curl', curl())}>
          Copy as curl
        </button>
        <button type="button" class="quiet" onClick={() => void copy('TypeScript', typescript())}>
          Copy as TypeScript
        </button>
      </details>
      <span role="status" class="copied">
        {copied === null ? '' : `Copied as ${copied}`}
      </span>
    </div>
  )
}
