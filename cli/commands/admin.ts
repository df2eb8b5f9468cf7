/** `contextdrag admin`: the operator's requests to an edge. Only the environment has the token. */

import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { EditError, isErrorCode } from '../../shared/errors.ts'
import { readOperatorConfig } from '../config.ts'

export function addAdminCommand(program: Command): void {
  const admin = program
    .command('admin')
    .description(
      'Manage accounts, money and keys of the edge at CONTEXTDRAG_URL, with OPERATOR_TOKEN.',
    )
  const accounts = admin
    .command('accounts')
    .description('List, create, show, limit, audit and close accounts.')
  accounts.command('list').description('Print all accounts.').action(printAccounts)
  accounts
    .command('create')
    .argument('<name>')
    .description('Create an account.')
    .option('--region <region>', "where the account's data lives", 'auto')
    .option('--reference <text>', 'repeating it returns the same account', randomUUID())
    .action((name: string, { region, reference }) =>
      print('POST', '/accounts', { name, region, reference }),
    )
  accounts
    .command('show')
    .argument('<account>')
    .description('Print the balance, the sum of the ledger and the held amounts.')
    .action((account: string) => print('GET', `/accounts/${encodeURIComponent(account)}`))
  accounts
    .command('audit')
    .argument('<account>')
    .description('Add up all postings again, and print the result beside the running sums.')
    .action((account: string) => print('GET', `/accounts/${encodeURIComponent(account)}/audit`))
  accounts
    .command('models')
    .argument('<account>')
    .argument('[models...]', 'those that it may use from now on')
    .option('--all', 'it may use every model again')
    .description('Limit an account to some models, or lift the limit.')
    .action((account: string, models: string[], { all = false }: { all?: boolean }) => {
      if (all === models.length > 0)
        throw new EditError('invalid_option', 'name the models, or pass --all')
      const path = `/accounts/${encodeURIComponent(account)}/models`
      return all ? print('DELETE', path) : print('PUT', path, { models })
    })
  accounts
    .command('close')
    .argument('<account>')
    .description('Reject all keys of the account from now on; running edits finish.')
    .action((account: string) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/close`, {}),
    )

  admin
    .command('topup')
    .description('Add micro-units to the balance of an account.')
    .argument('<account>')
    .argument('<amount>', 'in micro-units')
    .requiredOption('--reference <text>', 'such as an invoice number; repeating it posts nothing')
    .action((account: string, amount: string, { reference }) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/topups`, {
        amount: Number(amount),
        reference,
      }),
    )
  admin
    .command('refund')
    .description('Refund the price of an edit, at most once.')
    .argument('<account>')
    .argument('<edit>')
    .requiredOption('--reference <text>', 'repeating it posts nothing')
    .action((account: string, edit: string, { reference }) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/refunds`, { edit, reference }),
    )

  admin
    .command('replay')
    .description('Take the events again that Stripe could not deliver.')
    .action(() => print('POST', '/stripe/replay', {}))

  const signIns = admin.command('sign-ins').description('Help owners to sign in to the console.')
  signIns
    .command('reset')
    .argument('<address>')
    .description('Begin anew to count the links that are mailed to an address.')
    .action((email: string) => print('POST', '/sign-ins/reset', { email }))

  const keys = admin.command('keys').description('List, create and revoke keys of an account.')
  keys
    .command('list')
    .argument('<account>')
    .action((account: string) => print('GET', `/accounts/${encodeURIComponent(account)}/keys`))
  keys
    .command('create')
    .argument('<account>')
    .option('--mode <mode>', 'live or test', 'live')
    .option('--name <text>', 'what the key is for', '')
    .description('Create a key. It is printed only once.')
    .action((account: string, { mode, name }) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/keys`, { mode, name }),
    )
  keys
    .command('revoke')
    .argument('<account>')
    .argument('<key>')
    .action((account: string, key: string) =>
      print('DELETE', `/accounts/${encodeURIComponent(account)}/keys/${encodeURIComponent(key)}`),
    )
  admin
    .command('providers')
    .description('Print the slots, queues and breakers of all providers.')
    .action(() => print('GET', '/providers'))
}

/** Prints all accounts, which the edge lists in pages. */
async function printAccounts(): Promise<void> {
  let page = (await ask('GET', '/accounts')) as AccountPage
  const accounts = [...page.accounts]
  while (page.next !== undefined) {
    page = (await ask('GET', `/accounts?cursor=${page.next}`)) as AccountPage
    accounts.push(...page.accounts)
  }
  show({ accounts })
}

type AccountPage = { readonly accounts: readonly unknown[]; readonly next?: string }

/** Sends a request and prints the response. @throws EditError as {@link ask} does */
async function print(...request: Parameters<typeof ask>): Promise<void> {
  const body = await ask(...request)
  if (body !== null) show(body)
}

function show(body: unknown): void {
  process.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
}

/**
 * Sends a request.
 *
 * @returns the body of the response; null where it has none
 * @throws EditError with the edge's own error, or if the edge cannot be reached
 */
async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const { CONTEXTDRAG_URL, OPERATOR_TOKEN } = readOperatorConfig()
  const response = await fetch(`${CONTEXTDRAG_URL}/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: Error & { cause?: NodeJS.ErrnoException }) => {
    const { cause } = error
    if (cause === undefined) throw error
    throw new EditError(
      'not_found',
      `the edge at ${CONTEXTDRAG_URL} cannot be reached (${cause.code ?? cause.message})`,
    )
  })
  const text = await response.text()
  if (response.ok) return text === '' ? null : JSON.parse(text)
  const problem = problemIn(text)
  throw new EditError(
    problem?.code !== undefined && isErrorCode(problem.code) ? problem.code : 'internal',
    problem?.detail ?? `the edge responded with status ${response.status}`,
  )
}

function problemIn(text: string): { code?: string; detail?: string } | null {
  try {
    return JSON.parse(text)
  } catch {
    // Not the edge's own response but, for example, a proxy's HTML page.
    return null
  }
}
