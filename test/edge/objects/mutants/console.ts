/** Guards of the console: who signs in, and whose requests count. */

import { type Mutants, mutantsOf } from './mutant.ts'

const links = 'objects/owner/links'
const sessions = 'objects/owner/sessions'
const access = 'access/sign-in'
const sameOrigin = 'console/same-origin'

export const consoleMutants = {
  ...mutantsOf('guards', 'use-cases/account/trial.guards.test.ts', [
    [
      'a second trial',
      'objects/directory',
      'if (known !== null) return known.account === account',
      'if (known?.account === account) return true',
      'a person has one trial',
    ],
    [
      'a trial that was given before',
      'objects/directory',
      'if (known !== null) return known.account === account',
      'if (known !== null) return false',
      'a person has one trial',
    ],
    ['the tag of an address', access, ".split('+')", ".split('++')", 'a person has one trial'],
    [
      'the trials of a day',
      'objects/directory',
      'if (given >= perDay)',
      'if (given < 0)',
      'there are so many trials on a day',
    ],
    [
      'the trials of the day before',
      'objects/directory',
      'now - (now % DAY_MS)',
      '0',
      'there are so many trials on a day',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/billing/console.test.ts', [
    [
      'what an account has that opens without a trial',
      'use-cases/console/sign-in',
      'return (await objects.directory.trial(account, holder, perDay)) ? credit : 0',
      'await objects.directory.trial(account, holder, perDay)\n    return credit',
      'there are so many trials on a day',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/console/sign-in.test.ts', [
    [
      'a link that was used',
      links,
      'WHERE hash = ? AND usedAt IS NULL AND createdAt > ?',
      'WHERE hash = ? AND createdAt > ?',
      'works once',
    ],
    [
      'the browser that asked',
      links,
      'found !== null && sameText(found.browser, browser)',
      'found !== null',
      'alone is not enough',
    ],
    ['a link that is over', links, 'Date.now() - LINK_MS,', '0,', 'expires after 15 minutes'],
    [
      "a forged link, and a cookie's use as one",
      access,
      '!(await sameSecret(mac, await macOf(pepper.secret, use, head)))',
      'mac === version',
      'with any character changed is rejected',
    ],
    [
      'the pace of answers',
      'routes/console/sign-in',
      'PACE_MS - ((Date.now() - start) % PACE_MS)',
      'PACE_MS',
      'is answered after a whole number of half seconds',
    ],
    [
      'links per address',
      links,
      'recent.length >= most',
      'recent.length >= 100 * most',
      'is mailed five links in 15 minutes',
    ],
    [
      'sign-ins per network',
      'console/sign-ins',
      'if (!success)',
      'if (success === null)',
      'a network asks for, and tries, so many links a minute',
    ],
    [
      'the network of an IPv6 address',
      'http/headers',
      '.slice(0, 4)',
      '.slice(0, 8)',
      'a network asks for, and tries, so many links a minute',
    ],
    [
      'one account per address',
      access,
      'return address.trim().toLowerCase()',
      'return address.trim()',
      'signs in by a link, which opens an account once per address',
    ],
    [
      'one account for two links at a time',
      'use-cases/console/sign-in',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the guard's own text
      '`console ${owner}`',
      'newSecret()',
      'has one account although two links are opened',
    ],
    [
      'an address that is forgotten',
      'objects/owner/owner',
      'await this.ctx.storage.deleteAll()',
      'await this.#arm()',
      'that never signs in is forgotten',
    ],
    [
      'a session that is ended elsewhere',
      sessions,
      "'DELETE FROM session WHERE id <> ?'",
      "'DELETE FROM session WHERE id = ? AND 0'",
      'signs out here, and everywhere else',
    ],
  ]),
  ...mutantsOf('workerd', 'console/session.test.ts', [
    [
      'a forged cookie',
      access,
      '!(await sameSecret(mac, await macOf(pepper.secret, use, head)))',
      'mac === version',
      'cannot be forged',
    ],
    [
      'a stolen cookie',
      sessions,
      'this.revoke(id)\n      console',
      'console',
      'ends for thief and owner',
    ],
    [
      'a cookie that was replaced long ago',
      sessions,
      'now - found.seenAt <= LATE_MS',
      'now >= found.seenAt',
      'ends for thief and owner',
    ],
    [
      'a session that nobody used',
      sessions,
      'now - IDLE_MS,\n      now',
      '0,\n      now',
      'ends after 14 days',
    ],
    [
      'a session that was opened long ago',
      sessions,
      'now - LONGEST_MS,\n    )\n    if',
      '0,\n    )\n    if',
      'ends after 14 days',
    ],
    ['a new cookie', sessions, 'now - seenAt > RENEW_MS', 'now < seenAt', 'gets a new cookie'],
    [
      'the origin of a change',
      sameOrigin,
      'if (changes && !isOurs)',
      'if (changes && origin === null)',
      'changes nothing with the cookie',
    ],
    [
      'the origin of a change, where none is said',
      sameOrigin,
      "origin === c.get('settings').PUBLIC_ORIGIN",
      "(origin ?? c.get('settings').PUBLIC_ORIGIN) === c.get('settings').PUBLIC_ORIGIN",
      'changes nothing with the cookie',
    ],
    [
      'what a browser says of the site',
      sameOrigin,
      "site !== undefined && site !== 'same-origin' &&",
      "site === '' &&",
      'changes nothing with the cookie',
    ],
    [
      'what other pages may read',
      'http/cors',
      '/^\\/console(\\/|$)/.test(c.req.path)',
      'c.req.path === null',
      'reads nothing with the cookie',
    ],
    [
      'a client token of a key that is over',
      'routes/console/client-tokens',
      'key === undefined || key.revokedAt !== null || isOver',
      'key === undefined || isOver',
      'makes client tokens of a key that they name',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/console/alerts.test.ts', [
    [
      'who is mailed',
      'use-cases/account/webhooks',
      '  checkUrl(order.url, rules)\n',
      "  if (!order.url.toLowerCase().startsWith('mailto:')) checkUrl(order.url, rules)\n",
      'nobody is mailed through the API',
    ],
    [
      'one alert for two requests at a time',
      'objects/account/endpoints',
      'if (alertAddress(url) !== null &&',
      "if (url === '' &&",
      'turned on twice at once, it mails once',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/console/closed.test.ts', [
    [
      'the owner of a closed account',
      'console/session',
      'state === null || state.closedAt !== null',
      'state === null',
      'an owner of a closed account changes nothing',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/console/known.test.ts', [
    [
      'what strangers cannot use up',
      links,
      "known !== null && this.#isKnown(known) ? 'known' : 'anybody'",
      "known === '' ? 'known' : 'anybody'",
      'a browser that was signed in has an allowance of its own',
    ],
    [
      'the region of a new account',
      'use-cases/console/sign-in',
      'if (!offered.includes(region))',
      'if (offered.length === 0)',
      'a region that no account can have',
    ],
  ]),
  ...mutantsOf('workerd', 'routes/console/edits.test.ts', [
    [
      'a session that ends during a wait',
      'http/auth',
      'open.some(({ id }) => id === owner.session)',
      'open.length > 0 || owner.session !== null',
      'an owner whose session was ended meanwhile',
    ],
  ]),
  ...mutantsOf('workerd', 'http/bodies/strangers.test.ts', [
    [
      'the memory that strangers hold',
      'memory/budgets',
      'return strangers.take(',
      'return bodies.take(',
      'that stall take no memory of keys and workers',
    ],
    [
      'the length of a sign-in',
      'routes/console/sign-in',
      'limit: MAX_BYTES,',
      'limit: 10 * MAX_BYTES,',
      'that are longer than an address or a token',
    ],
    [
      'events per network',
      'routes/billing/events',
      'counted?.success === false',
      'counted === null',
      'are counted by network before they are read',
    ],
  ]),
  ...mutantsOf('workerd', 'settings/settings.test.ts', [
    [
      'one secret per version',
      'settings/settings',
      'new Set(peppers.map(({ version }) => version)).size === peppers.length',
      'peppers.length > 0',
      'a fault in ',
    ],
    [
      'links over https',
      'settings/mail',
      "if (ENVIRONMENT === 'dev') return missing",
      "if (ENVIRONMENT !== '') return missing",
      'go out over https',
    ],
  ]),
  'what one owner is known by, at another': {
    file: 'edge/use-cases/console/sign-in.ts',
    from: 'const known = before?.owner === owner ? before.hash : null',
    to: 'const known = before?.hash ?? null',
    also: {
      file: 'edge/objects/owner/links.ts',
      from: 'known !== null && this.#isKnown(known)',
      to: 'known !== null',
    },
    by: {
      project: 'workerd',
      file: 'test/edge/routes/console/known.test.ts',
      test: 'a browser that was signed in to one address',
    },
  },
  'a secret at rest': {
    file: 'edge/use-cases/console/sign-in.ts',
    from: 'hash: await digest(secret), browser:',
    to: 'hash: secret, browser:',
    also: {
      file: 'edge/access/sign-in.ts',
      from: 'hash: await digest(secret) }',
      to: 'hash: secret }',
    },
    by: {
      project: 'workerd',
      file: 'test/edge/routes/console/sign-in.test.ts',
      test: 'is stored as a digest',
    },
  },
} satisfies Mutants
