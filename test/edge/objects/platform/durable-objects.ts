/**
 * Durable objects in Node, for tests that need thousands of them: the real classes and their real
 * SQL on real SQLite, with a double of the storage that keeps the platform's promises and no
 * others. Writes between two awaits are one commit; a crash loses what was not committed, and
 * everything in memory.
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** The object died here. */
export class Crash extends Error {}

type Instance = object
export type Factory = (ctx: unknown) => Instance

type Statement = { readonly query: string; readonly values: readonly SQLInputValue[] }

type Row = Record<string, unknown>

/** A statement that gives its rows as arrays, which is several times faster, and its columns. */
type Prepared = { readonly statement: StatementSync; readonly columns: readonly string[] }

/** A database in memory, with its prepared statements. */
class Database {
  readonly #db = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, Prepared>()

  constructor() {
    this.#db.exec('PRAGMA temp_store = MEMORY; PRAGMA page_size = 1024')
  }

  run(query: string, values: readonly SQLInputValue[] = []): Row[] {
    let prepared = this.#statements.get(query)
    if (prepared === undefined) {
      prepared = this.#prepare(query)
      this.#statements.set(query, prepared)
    }
    const { statement, columns } = prepared
    const found = statement.all(...values) as unknown as unknown[][]
    return found.length === 0 ? [] : found.map((cells) => rowOf(columns, cells))
  }

  #prepare(query: string): Prepared {
    const statement = this.#db.prepare(query)
    statement.setReturnArrays(true)
    return { statement, columns: statement.columns().map(({ name }) => name) }
  }
}

function rowOf(columns: readonly string[], cells: readonly unknown[]): Row {
  const row: Row = {}
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = cells[i]
  return row
}

/** Queries that write nothing. */
const READING = /^\s*(SELECT|WITH)\b/i
const reading = new Map<string, boolean>()

function onlyReads(query: string): boolean {
  const known = reading.get(query)
  if (known !== undefined) return known
  const reads = READING.test(query)
  reading.set(query, reads)
  return reads
}

/**
 * What the platform would send of a value. Plain data is copied here, which is several times faster;
 * anything else is left to the platform's own algorithm, which rejects what cannot be sent.
 */
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? structuredClone(value) : value
  if (Array.isArray(value)) return value.map(copied)
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) copy[name] = copied((value as Row)[name])
  return copy
}

/** The migration of each class, as its first object made it. */
const migrations = new Map<string, readonly Statement[]>()
/**
 * Migrated databases of objects that are gone, by class, each in a transaction that can be rolled
 * back: making the tables takes longer than using them.
 */
const spare = new Map<string, Database[]>()

function migrated(kind: string, migration: readonly Statement[]): Database {
  const kept = spare.get(kind)?.pop()
  if (kept !== undefined) return kept
  const db = new Database()
  for (const { query, values } of migration) db.run(query, values)
  db.run('BEGIN')
  return db
}

/** SQLite, alarm and commits of one object. */
class Storage {
  readonly #kind: string
  readonly #db: Database
  /** True where the tables were there before the object was. */
  readonly #migrated: boolean
  /** What the first transaction does where nobody knows the migration yet. */
  #first: Statement[] | null
  alarm: number | null = null
  #uncommittedAlarm: number | null | undefined
  #open = false
  #depth = 0
  /** What died may go on running here; it must not write. */
  generation = 0
  readonly #world: World
  /** True while what was not committed can be undone. */
  #undoable = false

  /**
   * @param empty the object makes its tables itself
   */
  constructor(kind: string, empty: boolean, world: World) {
    this.#world = world
    const migration = migrations.get(kind)
    this.#kind = kind
    this.#migrated = !empty && migration !== undefined
    this.#db = this.#migrated ? migrated(kind, migration ?? []) : new Database()
    this.#first = migration === undefined ? [] : null
  }

  /** The storage as one life of the object sees it. */
  view(): unknown {
    const { generation } = this
    const alive = () => {
      if (this.generation !== generation) throw new Crash('this object is dead')
    }
    return {
      sql: {
        exec: (query: string, ...values: SQLInputValue[]) => {
          alive()
          const rows = this.#run(query, values)
          return { toArray: () => rows }
        },
      },
      transactionSync: <T>(work: () => T): T => {
        alive()
        return this.#transaction(work)
      },
      setAlarm: async (at: number) => {
        alive()
        this.#begin()
        this.#uncommittedAlarm = at
      },
      deleteAlarm: async () => {
        alive()
        this.#begin()
        this.#uncommittedAlarm = null
      },
      deleteAll: async () => {
        alive()
        this.#begin()
        const tables = this.#run(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
          [],
        )
        for (const { name } of tables) this.#run(`DROP TABLE "${name}"`, [])
      },
    }
  }

  /** Everything since the last commit is gone. */
  crash(): void {
    this.generation++
    if (this.#open) {
      if (!this.#undoable) throw new Error('an object died while none could')
      this.#undo('life')
    }
    this.#open = false
    this.#depth = 0
    this.#uncommittedAlarm = undefined
  }

  /** For looking from outside. */
  query(query: string, ...values: SQLInputValue[]): Row[] {
    return this.#db.run(query, values)
  }

  /** The object is gone for good. */
  close(): void {
    if (this.#open) this.#commit()
    this.crash()
    if (!this.#migrated) return
    this.#db.run('ROLLBACK')
    this.#db.run('BEGIN')
    const others = spare.get(this.#kind)
    if (others === undefined) spare.set(this.#kind, [this.#db])
    else others.push(this.#db)
  }

  #run(query: string, values: readonly SQLInputValue[]): Row[] {
    if (!onlyReads(query)) {
      this.#world.wrote?.(this.#kind)
      this.#begin()
      if (this.#depth > 0) this.#first?.push({ query, values })
    }
    return this.#db.run(query, values)
  }

  #begin(): void {
    if (this.#open) return
    this.#open = true
    this.#undoable = this.#world.mayCrash()
    if (this.#undoable) this.#db.run('SAVEPOINT life')
    const { generation } = this
    queueMicrotask(() => {
      if (this.generation === generation && this.#open) this.#commit()
    })
  }

  #commit(): void {
    if (this.#undoable) this.#db.run('RELEASE life')
    this.#open = false
    if (this.#uncommittedAlarm !== undefined) this.alarm = this.#uncommittedAlarm
    this.#uncommittedAlarm = undefined
  }

  #undo(savepoint: string): void {
    this.#db.run(`ROLLBACK TO ${savepoint}`)
    this.#db.run(`RELEASE ${savepoint}`)
  }

  #transaction<T>(work: () => T): T {
    this.#begin()
    const name = `t${this.#depth++}`
    this.#db.run(`SAVEPOINT ${name}`)
    try {
      const result = work()
      this.#db.run(`RELEASE ${name}`)
      if (this.#first !== null) migrations.set(this.#kind, this.#first)
      this.#first = null
      return result
    } catch (error) {
      if (!(error instanceof Crash)) this.#undo(name)
      throw error
    } finally {
      this.#depth--
    }
  }
}

/** What may go wrong with a call from one object to another. */
export type CallFault = 'lose-request' | 'lose-reply' | 'crash' | null

/** What objects share. */
export type World = {
  readonly factoryOf: (kind: string) => Factory
  /** What goes on behind the answers. */
  readonly background: Set<Promise<unknown>>
  /** False while no object can die. */
  readonly mayCrash: () => boolean
  /** Hears of each statement that may write, by the kind of its object. */
  readonly wrote?: (kind: string) => void
}

/** One object: its storage outlives its instances. */
export class Host {
  readonly name: string
  readonly storage: Storage
  readonly #factory: Factory
  readonly #background: Set<Promise<unknown>>
  #instance: Instance | null = null
  #ctx: unknown = null

  /** @param name `kind:id` @param empty the object makes its tables itself */
  constructor(name: string, empty: boolean, world: World) {
    this.name = name
    const kind = name.slice(0, name.indexOf(':'))
    this.storage = new Storage(kind, empty, world)
    this.#factory = world.factoryOf(kind)
    this.#background = world.background
  }

  /**
   * Calls a method of the living instance, or of one of its RPC targets; makes an instance where
   * there is none.
   *
   * @param path `['read']`, or `['keys', 'list']` for a method of a target
   */
  async call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    const instance = this.#living()
    const { generation } = this.storage
    const target = path.slice(0, -1).reduce(targetOf, instance)
    const method = Reflect.get(target, path.at(-1) ?? '') as (...args: unknown[]) => unknown
    const result = await method.apply(target, args.map(copied))
    // An answer of the dead is never heard.
    if (this.storage.generation !== generation) throw new Crash(`${this.name} died`)
    return copied(result)
  }

  /** Fires the alarm. A crash leaves it to be fired again, as the platform does. */
  async fire(): Promise<void> {
    const at = this.storage.alarm
    this.storage.alarm = null
    try {
      await this.call(['alarm'], [])
    } catch (error) {
      this.storage.alarm ??= at
      if (!(error instanceof Crash)) throw error
    }
  }

  crash(): void {
    this.storage.crash()
    this.#instance = null
  }

  /** True for the context that the living instance was given. */
  owns(ctx: unknown): boolean {
    return this.#ctx === ctx
  }

  #living(): Instance {
    if (this.#instance !== null) return this.#instance
    this.#ctx = {
      storage: this.storage.view(),
      id: { name: this.name },
      waitUntil: (promise: Promise<unknown>) => {
        const tracked = promise
          .catch((error) => {
            if (!(error instanceof Crash)) throw error
          })
          .finally(() => this.#background.delete(tracked))
        this.#background.add(tracked)
      },
    }
    this.#instance = this.#factory(this.#ctx)
    return this.#instance
  }
}

/** The RPC target that a method returns. */
function targetOf(object: object, name: string): object {
  return (Reflect.get(object, name) as () => object).call(object)
}
