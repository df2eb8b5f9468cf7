/** An edit's status as a badge. */

import type { Schemas } from '../api/api.ts'
import { Badge } from '../parts/parts.tsx'

export type Edit = Schemas['Edit']

export function isOver({ status }: Pick<Edit, 'status'>): boolean {
  return ['succeeded', 'failed', 'canceled', 'expired'].includes(status)
}

export function Status({ edit }: { readonly edit: Pick<Edit, 'status'> }) {
  const { status } = edit
  const tone = status === 'succeeded' ? 'good' : isOver(edit) ? 'bad' : 'busy'
  return <Badge tone={status === 'canceled' ? 'plain' : tone}>{status}</Badge>
}
