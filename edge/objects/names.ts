/** How objects are found: by names that hold the account, in the region that the account chose. */

import type { Region } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'

function locate<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  region: Region,
  name: string,
): DurableObjectStub<T> {
  if (region === 'auto') return namespace.getByName(name)
  if (region === 'eu') return namespace.jurisdiction('eu').getByName(name)
  return namespace.getByName(name, { locationHint: region })
}

export function accountObject(env: Bindings, region: Region, account: string) {
  return locate(env.ACCOUNTS, region, account)
}

/** The account is part of the name, so that another tenant's id addresses nothing. */
export function editObject(env: Bindings, region: Region, account: string, edit: string) {
  return locate(env.EDITS, region, `${account}/${edit}`)
}

export function providerObject(env: Bindings, provider: string) {
  return env.PROVIDERS_STATE.getByName(provider)
}

export function directoryObject(env: Bindings) {
  return env.DIRECTORY.getByName('accounts')
}

/** Everything that finds an edit again, as one string. */
export type RunName = {
  readonly region: Region
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
  return { region: region as Region, account, edit, attempt: Number(attempt) }
}
