/** The account's edits, newest first. */

import { useCallback, useEffect, useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction } from '../api/hooks.ts'
import { ErrorLine } from '../parts/parts.tsx'
import { money, timeText } from '../parts/words.ts'
import { type Edit, isOver, Status } from './status.tsx'

type Page = Schemas['EditList']
const AGAIN_MS = 4000

export function Edits() {
  const [edits, setEdits] = useState<readonly Edit[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const { busy, error, run } = useAction()
  const first = useCallback(
    () =>
      run(async () => {
        const page = await call<Page>('GET', '/edits?limit=20')
        setEdits(page.edits)
        setNext(page.next ?? null)
      }),
    [run],
  )
  useEffect(() => void first(), [first])
  const isLive = edits?.some((edit) => !isOver(edit)) ?? false
  useEffect(() => {
    if (!isLive || (edits?.length ?? 0) > 20) return
    const timer = setTimeout(first, AGAIN_MS)
    return () => clearTimeout(timer)
  }, [isLive, edits, first])
  const more = () =>
    run(async () => {
      const page = await call<Page>(
        'GET',
        `/edits?limit=20&cursor=${encodeURIComponent(next ?? '')}`,
      )
      setEdits([...(edits ?? []), ...page.edits])
      setNext(page.next ?? null)
    })
  return (
    <>
      <h1>Edits</h1>
      <ErrorLine error={error} />
      {edits === null && error === null && <p role="status">Loading …</p>}
      {edits?.length === 0 && (
        <p>
          There are none yet. Make a <a href="#/keys">key</a>, then create one: see the{' '}
          <a href="/docs">API reference</a>.
        </p>
      )}
      {edits !== null && edits.length > 0 && (
        <div class="card wide-table">
          <table>
            <thead>
              <tr>
                <th scope="col">Edit</th>
                <th scope="col">Status</th>
                <th scope="col">Model</th>
                <th scope="col">Price</th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {edits.map((edit) => (
                <tr key={edit.id}>
                  <td>
                    <a href={`#/edits/${edit.id}`}>
                      <code>{edit.id.slice(0, 13)}…</code>
                    </a>
                  </td>
                  <td>
                    <Status edit={edit} />
                  </td>
                  <td>{edit.model}</td>
                  <td>{money(edit.charged ?? edit.price.amount, edit.price.currency)}</td>
                  <td>{timeText(edit.createdAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== null && (
        <button type="button" disabled={busy} onClick={more}>
          Show more
        </button>
      )}
    </>
  )
}
