/** What an edit warns of, in the page's words. */

import type { Warning } from '../../../shared/edit/warning.ts'
import { warningText } from './warning-text.ts'

export function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null
  return (
    <ul class="warnings" role="status" aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={`${warning.code} ${warning.drag}`}>{warningText(warning)}</li>
      ))}
    </ul>
  )
}
