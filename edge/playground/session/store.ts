/** The session in the browser's own database, so that a reload, a way back or a crash loses nothing. */

import type { History } from '../edit/draft.ts'
import type { Result } from '../run/run.ts'

/** The photo as it was opened. */
export type KeptPhoto = { readonly file: Blob; readonly name: string; readonly edit?: string }

/** What is kept, each under its own name: the photo and the results change seldom. */
export type Kept = {
  readonly photo: KeptPhoto
  readonly history: History
  readonly results: readonly Result[]
}

const NAME = 'contextdrag'
const STORE = 'session'
/** Steps of undo that are kept. */
const KEPT_STEPS = 30

/** Keeps one value, in place of the one before. */
export async function keep<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
  await inStore('readwrite', (store) => store.put(value, name))
}

/** The history with as many steps as are kept. */
export function shortened({ past, now }: History): History {
  return { past: past.slice(-KEPT_STEPS), now, future: [] }
}

/** What was kept; null without a photo, or where the browser keeps nothing. */
export async function kept(): Promise<(Partial<Kept> & Pick<Kept, 'photo'>) | null> {
  const photo = await read('photo')
  if (photo === undefined) return null
  const [history, results] = [await read('history'), await read('results')]
  return { photo, ...(history && { history }), ...(results && { results }) }
}

function read<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined> {
  return inStore('readonly', (store) => store.get(name) as IDBRequest<Kept[Name] | undefined>)
}

/** A private window may refuse the database, and a full disk a value: then nothing is kept. */
async function inStore<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  try {
    const base = await opened()
    try {
      return await answer(ask(base.transaction(STORE, mode).objectStore(STORE)))
    } finally {
      base.close()
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    return undefined
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  return answer(request)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
