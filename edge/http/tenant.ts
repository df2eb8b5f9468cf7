/** From a request to its caller's objects. */

import type { Context } from 'hono'
import type { Place } from '../access/keys.ts'
import { accountObject, directoryObject, editObject } from '../objects/names.ts'
import type { AccountObjects } from '../use-cases/account/open.ts'
import type { Account, Tenant } from '../use-cases/tenant.ts'
import type { App } from './context.ts'

/** The account of the caller. */
export function accountOf(c: Context<App>): Account {
  const { region, account } = c.get('caller').credential
  return accountObject(c.env, region, account)
}

/** What opening an account needs. */
export function accountObjects(c: Context<App>) {
  return {
    directory: directoryObject(c.env),
    accountIn: (region: Place, id: string) => accountObject(c.env, region, id),
    bucketIn: c.get('settings').BUCKET_JURISDICTION,
  } satisfies AccountObjects
}

/** The caller with their account and edits. */
export function tenantOf(c: Context<App>): Tenant {
  const caller = c.get('caller')
  const { region, account } = caller.credential
  return {
    caller,
    account: accountOf(c),
    edit: (id) => editObject(c.env, region, account, id),
    peppers: c.get('settings').KEY_PEPPERS,
  }
}
