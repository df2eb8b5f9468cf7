/** Guards of what a caller may create and read, and of the photo of an edit. */

import { mutantsOf } from './mutant.ts'

const accept = 'use-cases/edits/accept-edit'
const read = 'use-cases/edits/read-edit'
const DELETES = 'await services.bucket.delete(image.key)\n'

export const createMutants = {
  ...mutantsOf('one-workerd', 'use-cases/edits/newcomers.test.ts', [
    [
      'edits of one account at the same time',
      'use-cases/edits/admission',
      'const open = entry.who.open + newcomers.own(entry)',
      'const open = entry.who.open',
      'of one account',
    ],
    [
      'edits of several accounts at the same time',
      'use-cases/edits/admission',
      'newcomers.join(queue, entry, 1 / known.length)',
      'queue.status',
      'of as many accounts',
    ],
  ]),
  ...mutantsOf('guards', 'use-cases/edits/create.guards.test.ts', [
    [
      'a photo before its edit',
      accept,
      'const key = await keepPhoto(photo, account)',
      'const key = "acct/x/in/x"\n    void Promise.resolve().then(() => keepPhoto(photo, account))',
      'a photo that cannot be stored holds nothing',
    ],
    [
      'the photo of a rejected edit',
      accept,
      "if (!('value' in outcome)) await bucket.delete(accepted.image.key)",
      '',
      'a photo whose edit is rejected goes',
    ],
    [
      'the photo that moderation rejects',
      accept,
      DELETES,
      '',
      'a photo that moderation rejects goes',
    ],
    [
      'the lease of a request that failed',
      accept,
      'if (once !== null && slow) await account.edits().releaseLease(once)',
      '',
      'a photo that moderation rejects goes',
    ],
    [
      'the photo of an equal request',
      accept,
      'if (replayed) {\n    await bucket.delete(accepted.image.key)',
      'if (replayed) {',
      'of equal requests that both got in',
    ],
    [
      'the photo of an accept whose answer is lost',
      accept,
      'const outcome = await account.edits().accept({ credential, once, accepted, summary })',
      'const outcome = await account.edits().accept({ credential, once, accepted, summary }).catch(async (error: unknown) => { await bucket.delete(accepted.image.key); throw error })',
      'an accept whose answer is lost keeps its photo',
    ],
    [
      'maxCost',
      accept,
      'settings.maxCost !== undefined && price.amount > settings.maxCost',
      'settings.maxCost !== undefined && price.amount < 0',
      'maxCost, the steps of a client token and its models',
    ],
    [
      'the steps of a client token',
      accept,
      'maxSteps !== null && wanted > maxSteps',
      'maxSteps !== null && 0 * wanted > maxSteps',
      'maxCost, the steps of a client token and its models',
    ],
    [
      'the models of a client token',
      accept,
      'caller.models !== null && !caller.models.includes(model)',
      'caller.models !== null && caller.models.length < 0',
      'maxCost, the steps of a client token and its models',
    ],
    [
      'the models of a test key',
      accept,
      "caller.credential.mode === 'test' && !freeModels.includes(model)",
      'freeModels.length < 0',
      'a test key runs computed backbones only',
    ],
    [
      'the work of a test key',
      'use-cases/edits/price',
      'work <= testPasses',
      'work >= 0',
      'a test key runs computed backbones only',
    ],
    [
      'a live request without an Idempotency-Key',
      'use-cases/idempotency',
      "if (credential.mode === 'test') return null",
      'if (credential.mode) return null',
      'a live key needs an Idempotency-Key',
    ],
    [
      'a model that nobody serves',
      accept,
      'if (!served.includes(model))',
      'if (served.length < 0)',
      'a model that no worker serves',
    ],
    [
      'the URL of a client token',
      'use-cases/photos/photo',
      'if (tenant.caller.client !== null)',
      'if (tenant.caller.client === "")',
      'a client token fetches no URL',
    ],
    [
      "another client's edit",
      read,
      'if (client !== null && state.accepted.payer.client !== client) throw missing()',
      '',
      'a client token finds its own edits',
    ],
    [
      "another client's edit that is over",
      read,
      'found === null || (client !== null && found.client !== client)',
      'found === null',
      'a client token finds its own edits',
    ],
    [
      'an id of somebody else',
      read,
      'if (!(await isEditIdOf(id, credential, peppers))) throw missing()',
      '',
      'an id that is not ours',
    ],
    [
      'a deleted edit with its object',
      read,
      'if (!isOpenEdit(state) && state.deletedAt !== null)',
      'if (!isOpenEdit(state) && state.deletedAt === 0)',
      'a deleted edit is gone for readers',
    ],
    [
      'a deleted edit without its object',
      read,
      'if (found.deletedAt !== null)',
      'if (found.deletedAt === 0)',
      'a deleted edit is gone for readers',
    ],
    [
      'the account of a deleted edit',
      'objects/edit/ending',
      'if (edit.deletedAt !== null)\n',
      'if (edit.deletedAt === 0)\n',
      'a deleted edit is gone for readers',
    ],
    [
      'lists without deleted edits',
      'objects/account/edit-index',
      "const matches = ['deletedAt IS NULL',",
      "const matches = ['1',",
      'a deleted edit is gone for readers',
    ],
    [
      'an edit that has no object yet',
      'use-cases/edits/change-edit',
      'if (!(await tenant.account.edits().handOver(id)))',
      'if ((await tenant.account.edits().handOver(id)) === null)',
      'an edit that has no object yet is not deleted in name only',
    ],
  ]),
}
