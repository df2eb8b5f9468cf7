/** One edit: its picture, price, settings and time line. */

import { call } from '../api/api.ts'
import { useAction, useRead } from '../api/hooks.ts'
import { AskButton, ErrorLine, Loaded } from '../parts/parts.tsx'
import { money } from '../parts/words.ts'
import { type Edit, isOver, Status } from './status.tsx'
import { TimeLine } from './time-line.tsx'

const AGAIN_MS = 2000

export function EditPage({ id }: { readonly id: string }) {
  const read = useRead<Edit>(`/edits/${id}`, (edit) => (edit && isOver(edit) ? null : AGAIN_MS))
  return (
    <>
      <p>
        <a href="#/edits">← All edits</a>
      </p>
      <h1>
        Edit <code class="id">{id}</code>
      </h1>
      <Loaded read={read}>{(edit) => <Shown edit={edit} reload={read.reload} />}</Loaded>
    </>
  )
}

function Shown({ edit, reload }: { readonly edit: Edit; readonly reload: () => void }) {
  const { busy, error, run } = useAction()
  const { result, price, charged, warnings, metadata, error: problem } = edit
  const remove = async () => {
    if (await run(() => call('DELETE', `/edits/${edit.id}`))) location.hash = '#/edits'
  }
  return (
    <>
      <p class="line">
        <Status edit={edit} />
        <span>{edit.model}</span>
        <span>{edit.mode} key</span>
        <span>
          {charged === undefined
            ? `${money(price.amount, price.currency)} held`
            : `${money(charged, price.currency)} charged`}
        </span>
      </p>
      {problem !== undefined && (
        <p class="problem">
          <code>{problem.code}</code> {problem.detail}
        </p>
      )}
      <div class="columns">
        <section class="card">
          <h2>Picture</h2>
          {result === undefined ? (
            <p>{isOver(edit) ? 'There is none.' : 'It is not ready yet.'}</p>
          ) : (
            <>
              <img
                class="picture"
                src={result.url}
                alt={`The result of this edit, ${result.width} by ${result.height} pixels`}
              />
              <p class="hint">
                {result.width} × {result.height} · {Math.ceil(result.bytes / 1000).toLocaleString()}{' '}
                kB ·{' '}
                <a href={result.url} download>
                  Download
                </a>
              </p>
            </>
          )}
        </section>
        <section class="card">
          <h2>Time line</h2>
          <TimeLine edit={edit} />
          <div class="buttons">
            {!isOver(edit) && (
              <button
                type="button"
                disabled={busy}
                onClick={() => run(() => call('POST', `/edits/${edit.id}/cancel`)).then(reload)}
              >
                Cancel the edit
              </button>
            )}
            <AskButton
              label="Delete"
              text="Delete this edit with its photo, result, prompt and metadata? What was charged for it stays charged."
              verb="Delete"
              busy={busy}
              onYes={remove}
            />
          </div>
          <ErrorLine error={error} />
        </section>
      </div>
      <section class="card">
        <h2>Settings</h2>
        <dl class="pairs">
          <dt>Photo</dt>
          <dd>
            {edit.image.width} × {edit.image.height}
          </dd>
          <dt>Working size</dt>
          <dd>
            {edit.workingSize.width} × {edit.workingSize.height}
          </dd>
          {Object.entries(edit.record?.options ?? {}).map(([name, value]) => (
            <Pair key={name} name={name} value={value} />
          ))}
          {Object.entries(metadata).map(([name, value]) => (
            <Pair key={name} name={`metadata.${name}`} value={value} />
          ))}
        </dl>
        {warnings.length > 0 && (
          <>
            <h3>Warnings</h3>
            <ul>
              {warnings.map(({ code, message }, i) => (
                <li key={i}>
                  <code>{code}</code> {message}
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
    </>
  )
}

function Pair({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
    </>
  )
}
