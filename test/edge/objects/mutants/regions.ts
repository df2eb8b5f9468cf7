/** Guards of where an account's data may be. */

import { mutantsOf } from './mutant.ts'

export const regionMutants = mutantsOf('guards', 'use-cases/account/region.guards.test.ts', [
  [
    'the workers of a jurisdiction',
    'objects/edit/attempt/find-slot',
    'providersFor(settings.PROVIDERS, region)',
    'settings.PROVIDERS',
    'without a worker there, it goes nowhere',
  ],
  [
    'what a jurisdiction is served by',
    'settings/providers',
    "region === 'eu' ?",
    "region === 'auto' ?",
    'its models and queues are those of workers there',
  ],
  [
    'a bucket in the jurisdiction of its account',
    'use-cases/account/open',
    "order.region === 'eu' && bucketIn !== 'eu'",
    "order.region === 'eu' && bucketIn === undefined && order.name === ''",
    'an account is opened in the EU only where',
  ],
])
