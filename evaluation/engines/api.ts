/** A service, through its public HTTP API and our client: what its users get. */

import { ContextDrag } from '../../client/index.ts'
import { maskPng } from '../../gpu-worker/photo/mask-png.ts'
import { EditError } from '../../shared/errors.ts'
import { type ModelName, modelNames } from '../../shared/models.ts'
import type { EvaluationCase } from '../case.ts'
import type { Edited, EvaluatedEngine } from '../engine.ts'
import { decodePicture } from '../picture.ts'
import { fieldsOf } from './fields.ts'

/** @throws EditError `invalid_request` without a key, or for an address that is no URL */
export function checkApi(address: string, key: string | undefined): void {
  const reject = (detail: string) =>
    new EditError('invalid_request', detail, { pointer: '/engine' })
  if (!URL.canParse(address)) throw reject(`api:${address} has no URL`)
  if (key === undefined) throw reject('api needs a key in CONTEXTDRAG_KEY')
}

/**
 * @param key of an account, which pays for the edits
 * @param settings fields of the request; `model` names one, otherwise the service chooses it
 * @param send replaces `fetch`, for tests
 */
export function apiEngine(
  name: string,
  address: string,
  key: string,
  settings: Readonly<Record<string, unknown>>,
  send?: typeof fetch,
): EvaluatedEngine {
  const baseUrl = address.replace(/\/$/, '')
  const api = new ContextDrag({ baseUrl, key, ...(send !== undefined && { fetch: send }) })
  return { name, edit: (one, signal) => edit(api, one, settings, signal), async close() {} }
}

async function edit(
  api: ContextDrag,
  one: EvaluationCase,
  settings: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Edited> {
  const started = performance.now()
  const model = modelNames.find((known: ModelName) => known === settings.model) ?? null
  const blob = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)])
  const input = {
    ...fieldsOf(one, model, settings, false),
    drags: one.drags,
    image: blob(one.photo),
    ...(one.mask !== null && { mask: blob(await maskPng(one.mask.mask)) }),
    ...(one.affects !== undefined && { affects: blob(one.affects) }),
  }
  const { id } = await api.edit(input, { signal })
  const done = await api.wait(id, signal)
  if (done.status !== 'succeeded')
    throw new Error(`edit ${id} is ${done.status}: ${done.error?.detail ?? 'without a reason'}`)
  const bytes = new Uint8Array(await (await api.result(id, signal)).arrayBuffer())
  return {
    picture: await decodePicture(bytes),
    timings: { ...done.timings, request: Math.round(performance.now() - started) },
    record: { ...done.record, edit: id, model: done.model, warnings: done.warnings },
  }
}
