/**
 * What happened to an edit, in order, for those who follow it (server-sent events). Numbers are
 * kept, so that a client that reconnects goes on where it stopped.
 */

import { row, rows } from '../sql.ts'

export const eventTables = [
  'CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, data TEXT NOT NULL, at INTEGER NOT NULL)',
]

/**
 * `status` (the edit's state changed), `queue` (its place in the queue did), `progress` (a step was done,
 * perhaps with a thumbnail).
 */
export type EditEventType = 'status' | 'queue' | 'progress'
type EventRow = { seq: number; type: EditEventType; data: string }

const HEARTBEAT_MS = 15_000
const encoder = new TextEncoder()

type Reader = { after: number; readonly controller: ReadableStreamDefaultController<Uint8Array> }

export class EditEvents {
  readonly #sql: SqlStorage
  readonly #readers = new Set<Reader>()
  #heartbeat: ReturnType<typeof setInterval> | null = null

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(type: EditEventType, data: object): void {
    this.#sql.exec(
      'INSERT INTO event (type, data, at) VALUES (?, ?, ?)',
      type,
      JSON.stringify(data),
      Date.now(),
    )
    for (const reader of [...this.#readers]) this.#write(reader)
  }

  /** Adds an event in place of those of its type: only the last of them says where the edit is. */
  replace(type: 'queue', data: object): void {
    this.#sql.exec('DELETE FROM event WHERE type = ?', type)
    this.add(type, data)
  }

  /** Number of the last event; 0 before the first. */
  get last(): number {
    return row<{ seq: number | null }>(this.#sql, 'SELECT MAX(seq) AS seq FROM event')?.seq ?? 0
  }

  /** Deletes the thumbnails: nobody needs them once the edit is over. */
  dropPreviews(): void {
    this.#sql.exec("UPDATE event SET data = json_remove(data, '$.preview') WHERE type = 'progress'")
  }

  /** Deletes all events but the last, whose number a client may ask after. */
  keepLast(): void {
    this.#sql.exec('DELETE FROM event WHERE seq < (SELECT MAX(seq) FROM event)')
  }

  /** True while there is more than the last event. */
  get several(): boolean {
    return rows(this.#sql, 'SELECT seq FROM event LIMIT 2').length > 1
  }

  /** Deletes all events. */
  purge(): void {
    this.#sql.exec('DELETE FROM event')
  }

  /** Events after `after`, those to come included, as `text/event-stream`. */
  stream(after: number, over: () => boolean): ReadableStream<Uint8Array> {
    let reader: Reader | null = null
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = { after, controller }
        controller.enqueue(encoder.encode('retry: 1000\n\n'))
        this.#readers.add(reader)
        this.#write(reader)
        if (over()) this.#end(reader)
        else
          this.#heartbeat ??= setInterval(() => {
            for (const one of this.#readers) this.#send(one, ': still here\n\n')
          }, HEARTBEAT_MS)
      },
      cancel: () => {
        if (reader !== null) this.#forget(reader)
      },
    })
  }

  /** There are no more events: every stream gets what is left and is closed. */
  close(): void {
    for (const reader of [...this.#readers]) this.#end(reader)
  }

  #write(reader: Reader): void {
    const events = rows<EventRow>(
      this.#sql,
      'SELECT seq, type, data FROM event WHERE seq > ? ORDER BY seq',
      reader.after,
    )
    for (const { seq, type, data } of events) {
      this.#send(reader, `id: ${seq}\nevent: ${type}\ndata: ${data}\n\n`)
      reader.after = seq
    }
  }

  #send(reader: Reader, text: string): void {
    try {
      reader.controller.enqueue(encoder.encode(text))
    } catch {
      // The client went away; its stream is closed.
      this.#forget(reader)
    }
  }

  #end(reader: Reader): void {
    this.#write(reader)
    this.#forget(reader)
    try {
      reader.controller.close()
    } catch {
      // Closed from the other side already.
    }
  }

  #forget(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0 || this.#heartbeat === null) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = null
  }
}
