/**
 * Signing in to the console by an e-mailed link. The same is done for an address that has an account
 * and for one that has none: the first sign-in opens it.
 */

import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { type Peppers, type Place, regions } from '../../access/keys.ts'
import {
  foldAddress,
  knownCookie,
  newSecret,
  ownerOf,
  readKnownCookie,
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

export const SignInAddress = z.string().transform(foldAddress).pipe(z.email().max(MAX_ADDRESS))

export const AskForLink = z.strictObject({
  email: SignInAddress,
  /** Where the data of a new account is kept; an account that exists stays where it is. */
  region: z.enum(regions).default('auto'),
})

export type SignInServices = {
  readonly owner: (name: string) => ReturnType<typeof ownerObject>
  readonly peppers: Peppers
}

/** What the cookies of a browser say of it; '' where it has none. */
export type BrowserCookies = {
  /** Ties a link to the browser that asked for it. */
  readonly browser: string
  readonly known: string
}

/** Where a new account may be. */
export function regionsFor(bucketIn: 'eu' | undefined): readonly Place[] {
  return regions.filter((region) => region !== 'eu' || bucketIn === 'eu')
}

/**
 * Mails a link that signs in the browser with the cookie `browser`, and no other. A browser in which
 * somebody signed in to the address before has an allowance of its own: strangers cannot use it up.
 *
 * @param page the console's URL; the token is its fragment, which is sent to no server and in no Referer
 * @throws EditError `rate_limited`, `mail_unavailable`; `invalid_option` for a region that no account
 * can be in here
 */
export async function askForLink(
  { email, region }: z.infer<typeof AskForLink>,
  cookies: BrowserCookies,
  page: string,
  services: SignInServices & {
    readonly bucketIn: 'eu' | undefined
    readonly send: (mail: Mail) => Promise<void>
  },
): Promise<void> {
  const offered = regionsFor(services.bucketIn)
  if (!offered.includes(region))
    throw new EditError(
      'invalid_option',
      `region is ${region}, but this service keeps no data there; it offers ${offered.join(', ')}`,
      { pointer: '/region' },
    )
  const owner = await ownerOf(email)
  const secret = newSecret()
  const link = { hash: await digest(secret), browser: await digest(cookies.browser) }
  const before = await readKnownCookie(cookies.known, services.peppers)
  const known = before?.owner === owner ? before.hash : null
  unwrap(await services.owner(owner).ask({ ...link, address: email, region, known }))
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

/** Uses a link up; a new account begins with the trial, while there are any today. @returns the values of two cookies: of the new session, and of a browser that is known @throws EditError `unauthenticated` */
export async function signIn(
  token: string,
  { browser, known, agent }: BrowserCookies & { readonly agent: string },
  { owner, peppers, trial, ...objects }: SignInServices & TrialObjects & { readonly trial: Trial },
): Promise<{ readonly session: string; readonly known: string }> {
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
  const before = await readKnownCookie(known, peppers)
  const lasting = before?.owner === read.owner ? before.secret : newSecret()
  const hashes = { hash: await digest(secret), known: await digest(lasting) }
  const session = { id: randomName(12, true), ...hashes, agent }
  if (!(await stub.enter(link, account, session))) throw refused
  return {
    session: await sessionCookie(read.owner, secret, 0, peppers),
    known: await knownCookie(read.owner, lasting, peppers),
  }
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
