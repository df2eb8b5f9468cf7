/** `contextdrag admin`: the operator's calls to an edge. The token comes from the environment only. */

import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { EditError, isErrorCode } from '../../shared/errors.ts'
import { readOperatorConfig } from '../config.ts'

export function addAdminCommand(program: Command): void {
  const admin = program
    .command('admin')
    .description(
      'Operate an edge: accounts, money, keys. CONTEXTDRAG_URL says where, OPERATOR_TOKEN lets in.',
    )
  const accounts = admin.command('accounts').description('Accounts.')
  accounts.command('list').action(() => print('GET', '/accounts'))
  accounts
    .command('create')
    .argument('<name>')
    .option('--region <region>', 'where its data lives', 'auto')
    .option('--reference <text>', 'the same again gives the same account', randomUUID())
    .action((name: string, { region, reference }) =>
      print('POST', '/accounts', { name, region, reference }),
    )
  accounts
    .command('show')
    .argument('<account>')
    .description('Balance, sum of the ledger, and what is held.')
    .action((account: string) => print('GET', `/accounts/${encodeURIComponent(account)}`))
  accounts
    .command('close')
    .argument('<account>')
    .description('No key of it holds any more; what runs ends as it would.')
    .action((account: string) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/close`, {}),
    )

  admin
    .command('topup')
    .argument('<account>')
    .argument('<amount>', 'in micro-units')
    .requiredOption('--reference <text>', 'such as an invoice; the same again posts nothing')
    .action((account: string, amount: string, { reference }) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/topups`, {
        amount: Number(amount),
        reference,
      }),
    )
  admin
    .command('refund')
    .argument('<account>')
    .argument('<edit>')
    .requiredOption('--reference <text>', 'the same again posts nothing')
    .action((account: string, edit: string, { reference }) =>
      print('POST', `/accounts/${encodeURIComponent(account)}/refunds`, { edit, reference }),
    )

  const keys = admin.command('keys').description('Keys of an account.')
  keys
    .command('list')
    .argument('<account>')
    .action((account: string) => print('GET', `/accounts/${encodeURIComponent(account)}/keys`))
  keys
    .command('create')
    .argument('<account>')
    .option('--mode <mode>', 'live or test', 'live')
    .option('--name <text>', 'what it is for', '')
    .description('The key is printed this once.')
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
    .description('Slots, queues and breakers.')
    .action(() => print('GET', '/providers'))
}

/** Calls the edge and prints its answer. @throws EditError with the edge's own refusal */
async function print(method: string, path: string, body?: object): Promise<void> {
  const { CONTEXTDRAG_URL, OPERATOR_TOKEN } = readOperatorConfig()
  const answer = await fetch(`${CONTEXTDRAG_URL}/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (answer.ok) {
    if (text !== '') process.stdout.write(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)
    return
  }
  const problem = problemIn(text)
  throw new EditError(
    problem?.code !== undefined && isErrorCode(problem.code) ? problem.code : 'internal',
    problem?.detail ?? `the edge answered ${answer.status}`,
  )
}

function problemIn(text: string): { code?: string; detail?: string } | null {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy's page, not the edge's answer: its status is all there is to say.
    return null
  }
}
