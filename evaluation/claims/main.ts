/** `npm run eval:embedded`: measures every claim and ends with 1 if one does not hold. */

import { checkClaims } from './check.ts'
import { listed } from './claim.ts'

const started = performance.now()
const claims = await checkClaims('whole', new AbortController().signal)
const { user, system } = process.cpuUsage()
process.stdout.write(`${listed(claims)}\n`)
const failed = claims.filter(({ holds }) => !holds).length
const seconds = Math.round((performance.now() - started) / 1000)
const busy = Math.round((user + system) / 1e6)
process.stdout.write(
  `${claims.length - failed} of ${claims.length} claims hold; ${seconds} s, ${busy} of a processor\n`,
)
process.exitCode = failed === 0 ? 0 : 1
