/**
 * Signing in to the console by an e-mailed link. The same is done for an address that has an account
 * and for one that has none: the first sign-in opens it.
 */

import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { type Peppers, regions } from '../../access/keys.ts'
import {
  foldAddress,
  newSecret,
  ownerOf,
  readSignInToken,
  sessionCookie,
  signInToken,
  trialHolderOf,
} from '../../access/sign-in.ts'
import type { directoryObject, ownerObject } from '../../objects/names.ts'
import type { Mail } from '../../outbound/mail.ts'
import { unwrap } from '../../rpc/outcome.ts'
import type { Entrant } from '../../rpc/owner.ts'
import { digest, randomName } from '../../secrets.ts'
import type { Trial } from '../../settings/billing.ts'
import { type AccountObjects, openAccount } from '../account/open.ts'

/** The longest address that mail systems take (RFC 5321, 4.5.3.1.3). */
const MAX_ADDRESS = 254

export const AskForLink = z.strictObject({
  email: z.string().transform(foldAddress).pipe(z.email().max(MAX_ADDRESS)),
  /** Where the data of a new account is kept; an account that exists stays where it is. */
  region: z.enum(regions).default('auto'),
})

export type SignInServices = {
  readonly owner: (name: string) => ReturnType<typeof ownerObject>
  readonly peppers: Peppers
}

/**
 * Mails a link that signs in the browser with the cookie `browser`, and no other.
 *
 * @param page the console's URL; the token is its fragment, which is sent to no server and in no Referer
 * @throws EditError `rate_limited`, `mail_unavailable`
 */
export async function askForLink(
  { email, region }: z.infer<typeof AskForLink>,
  browser: string,
  page: string,
  services: SignInServices & { readonly send: (mail: Mail) => Promise<void> },
): Promise<void> {
  const owner = await ownerOf(email)
  const secret = newSecret()
  const link = { hash: await digest(secret), browser: await digest(browser) }
  unwrap(await services.owner(owner).ask({ ...link, address: email, region }))
  const token = await signInToken(owner, secret, services.peppers)
  await services.send(mailWith(`${page}#sign-in=${token}`, email))
}

function mailWith(url: string, to: string): Mail {
  const text = `Open this link to sign in to ContextDrag, in the browser in which you asked for it:

${url}

It works once, within 15 minutes. If you did not ask for it, ignore this mail: nobody can sign in with
the link alone.
`
  return { to, subject: 'Sign in to ContextDrag', text }
}

type TrialObjects = AccountObjects & {
  readonly directory: Pick<ReturnType<typeof directoryObject>, 'trial'>
}

/** Uses a link up; a new account begins with the trial, while there are any today. @returns the value of the new session's cookie @throws EditError `unauthenticated` */
export async function signIn(
  token: string,
  { browser, agent }: { readonly browser: string; readonly agent: string },
  { owner, peppers, trial, ...objects }: SignInServices & TrialObjects & { readonly trial: Trial },
): Promise<string> {
  // One answer, whatever is wrong with the link: it says nothing about addresses.
  const refused = new EditError(
    'unauthenticated',
    'the link was used, has expired, or was asked for in another browser; ask for a new one here',
  )
  const read = await readSignInToken(token, peppers)
  if (read === null || browser === '') throw refused
  const link = { hash: read.hash, browser: await digest(browser) }
  const stub = owner(read.owner)
  const entrant = await stub.prove(link)
  if (entrant === null) throw refused
  const account = entrant.account ?? (await openFor(read.owner, entrant, objects, trial))
  const secret = newSecret()
  const session = { id: randomName(12, true), hash: await digest(secret), agent }
  if (!(await stub.enter(link, account, session))) throw refused
  return sessionCookie(read.owner, secret, 0, peppers)
}

/** The owner's account: one per address, however often this is called. */
async function openFor(
  owner: string,
  { address, region }: Entrant,
  objects: TrialObjects,
  { credit, perDay }: Trial,
) {
  const order = { name: address.slice(0, 100), region }
  const trialOf = async (account: string) => {
    if (credit === 0) return 0
    const holder = await trialHolderOf(address)
    return (await objects.directory.trial(account, holder, perDay)) ? credit : 0
  }
  const { listing } = await openAccount(order, `console ${owner}`, objects, trialOf)
  return { id: listing.id, region: listing.region }
}
