/** Finds Durable Objects by their names, in the region that the account chose. */

import type { Place } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import type { EditRpc } from '../rpc/edit/edit.ts'

function locate<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  region: Place,
  name: string,
): DurableObjectStub<T> {
  if (region === 'auto') return namespace.getByName(name)
  if (region === 'eu') return namespace.jurisdiction('eu').getByName(name)
  return namespace.getByName(name, { locationHint: region })
}

export function accountObject(env: Bindings, region: Place, account: string) {
  return locate(env.ACCOUNTS, region, account)
}

export function editObject(env: Bindings, region: Place, account: string, edit: string) {
  return locate(env.EDITS, region, editNameOf({ account, edit }))
}

/** Finds an edit's object, for code that has no bindings. */
export type FindEdit = (region: Place, account: string, edit: string) => DurableObjectStub<EditRpc>

/** What names an edit's object; a provider knows the edit by the same name. */
export type EditName = { readonly account: string; readonly edit: string }

/** `{account}/{edit}`: the account is part of it, so an id of another account finds nothing. */
export function editNameOf({ account, edit }: EditName): string {
  return `${account}/${edit}`
}

/** The parts of {@link editNameOf}. @throws Error for anything else */
export function parseEditName(name: string): EditName {
  const [account, edit, ...rest] = name.split('/')
  if (account === undefined || edit === undefined || rest.length > 0)
    throw new Error(`${name} is not the name of an edit`)
  return { account, edit }
}

/**
 * A part of the queue of a provider with many slots: edits of one region, by their ids. Null is the
 * provider's own object: the only queue of a small provider, and it divides the slots of a large one.
 */
export type Shard = { readonly region: Place; readonly number: number } | null

/** Slots beyond which a provider's queue is split, and that a shard of a region has on average. */
const SHARD_SLOTS = 50

/** Shards of each region; 0 where the provider's own object is its queue. */
export function shardsOf({ slots }: { readonly slots: number }): number {
  return slots > SHARD_SLOTS ? Math.ceil(slots / SHARD_SLOTS) : 0
}

/** The shard in which an edit waits: those of an account are spread over all, as its load is. */
export function shardOf(provider: { readonly slots: number }, region: Place, edit: string): Shard {
  const shards = shardsOf(provider)
  if (shards === 0) return null
  // The first half of an id is random.
  return {
    region,
    number: Number.parseInt(edit.slice('edit_'.length, 'edit_'.length + 8), 16) % shards,
  }
}

/** `{provider}`, or `{provider}/{region}.{number}` for a shard. */
export function queueNameOf(provider: string, shard: Shard): string {
  return shard === null ? provider : `${provider}/${shard.region}.${shard.number}`
}

/** The provider of a {@link queueNameOf}. */
export function providerOfQueue(name: string): {
  readonly provider: string
  readonly isShard: boolean
} {
  const [provider = name, shard] = name.split('/')
  return { provider, isShard: shard !== undefined }
}

/** A provider's own object, or a shard of its queue. */
export function providerObject(env: Bindings, provider: string, shard: Shard = null) {
  return locate(env.PROVIDERS_STATE, shard?.region ?? 'auto', queueNameOf(provider, shard))
}

export function directoryObject(env: Bindings) {
  return env.DIRECTORY.getByName('accounts')
}

/** @param owner digest of their address */
export function ownerObject(env: Bindings, owner: string) {
  return env.OWNERS.getByName(owner)
}

/** Everything that finds an edit again, as one string. */
export type RunName = {
  readonly region: Place
  readonly account: string
  readonly edit: string
  readonly attempt: number
}

/** `{region}.{account}.{edit}.{attempt}`: unique over all edits and attempts. */
export function runIdOf({ region, account, edit, attempt }: RunName): string {
  return [region, account, edit, attempt].join('.')
}

/** The parts of a run's id, or null for anything else. */
export function parseRunId(runId: string): RunName | null {
  const match = /^([a-z]+)\.([a-z0-9]{12})\.(edit_[0-9a-f]{48})\.(\d{1,6})$/.exec(runId)
  if (match === null) return null
  const [, region, account = '', edit = '', attempt] = match
  return { region: region as Place, account, edit, attempt: Number(attempt) }
}
