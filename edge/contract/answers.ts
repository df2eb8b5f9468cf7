/** The shapes of our answers, for the contract. What builds them lies in the routes. */

import { z } from 'zod'
import { backboneNames } from '../../shared/backbones.ts'
import { type ErrorCode, errorTable } from '../../shared/errors.ts'
import { regions, scopes } from '../access/keys.ts'
import { webhookEvents } from '../outbound/webhooks.ts'
import { editStatuses } from '../rpc/edit/state.ts'

const size = z.object({ width: z.number().int(), height: z.number().int() })
const grid = z.object({ rows: z.number().int(), cols: z.number().int() })
const indices = z.array(z.number().int())
const time = z.iso.datetime()
const mode = z.enum(['live', 'test'])
const model = z.enum(backboneNames as [string, ...string[]])
const micro = z.number().int().meta({ description: 'Micro-units of the currency.' })
const price = z.object({ amount: micro, currency: z.string(), version: z.string() })

export const ProblemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    pointer: z.string().optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' })

export const EditAnswer = z
  .object({
    id: z.string(),
    status: z.enum(editStatuses),
    model,
    mode,
    seed: z.number().int(),
    steps: z.number().int(),
    progress: z.object({ step: z.number().int(), steps: z.number().int() }),
    image: size,
    workingSize: size,
    plan: z
      .object({
        grid,
        sourceMask: z.number().int(),
        targets: z.number().int(),
        view: z.number().int(),
        editRegion: z.number().int(),
      })
      .optional()
      .meta({ description: 'Missing where maskKind is editable: the worker makes that plan.' }),
    metadata: z.record(z.string(), z.string()),
    price,
    charged: micro.optional(),
    urls: z.object({ self: z.url(), events: z.url(), cancel: z.url(), result: z.url() }),
    createdAt: time,
    updatedAt: time,
    endedAt: time.optional(),
    queue: z.object({ position: z.number().int(), seconds: z.number() }).optional(),
    result: z
      .object({ ...size.shape, bytes: z.number().int(), url: z.url(), expiresAt: time })
      .optional()
      .meta({ description: 'The URL needs no key and runs out; looking again gives a fresh one.' }),
    timings: z.record(z.string(), z.number()).optional(),
    error: ProblemAnswer.optional(),
  })
  .meta({ id: 'Edit' })

export const CanceledAnswer = EditAnswer.extend({ chargedOnCancel: z.boolean() }).meta({
  id: 'CanceledEdit',
})

export const EditList = z
  .object({ edits: z.array(EditAnswer), next: z.string().optional() })
  .meta({ id: 'EditList' })

export const PlanAnswer = z
  .object({
    workingSize: size,
    grid,
    sourceMask: indices,
    targets: indices,
    sources: indices,
    view: z.object({ tokens: indices, positions: indices }),
    editRegion: indices,
    price,
  })
  .meta({ id: 'Plan' })

export const UploadAnswer = z
  .object({
    id: z.string(),
    method: z.literal('PUT'),
    url: z.url(),
    headers: z.record(z.string(), z.string()),
    expiresAt: time,
  })
  .meta({ id: 'Upload' })

export const KeyAnswer = z
  .object({
    id: z.string(),
    key: z.string().meta({ description: 'Shown this once.' }),
    name: z.string(),
    mode,
    scopes: z.array(z.enum(scopes)),
    expiresAt: time.optional(),
  })
  .meta({ id: 'NewKey' })

export const KeyList = z
  .object({
    keys: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        mode,
        scopes: z.array(z.enum(scopes)),
        ratePerMinute: z.number().int().nullable(),
        spendPerMonth: micro.nullable(),
        spent: z.object({ month: z.string(), amount: micro }),
        createdAt: time,
        expiresAt: time.nullable(),
        revokedAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'KeyList' })

export const ClientTokenAnswer = z
  .object({ id: z.string(), token: z.string(), edits: z.number().int(), expiresAt: time })
  .meta({ id: 'NewClientToken' })

export const ClientTokenList = z
  .object({
    clientTokens: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        mode,
        key: z.string(),
        edits: z.number().int().meta({ description: 'Edits left.' }),
        maxSpend: micro.nullable(),
        spent: micro,
        maxSteps: z.number().int().nullable(),
        models: z.array(model).nullable(),
        origins: z.array(z.string()).nullable(),
        createdAt: time,
        expiresAt: time,
        revokedAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'ClientTokenList' })

export const WebhookAnswer = z
  .object({
    id: z.string(),
    secret: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
  })
  .meta({ id: 'NewWebhook' })

export const RotatedAnswer = z
  .object({ id: z.string(), secret: z.string() })
  .meta({ id: 'RotatedWebhook' })

export const WebhookList = z
  .object({
    webhooks: z.array(
      z.object({
        id: z.string(),
        url: z.string(),
        events: z.array(z.enum(webhookEvents)),
        createdAt: time,
        disabledAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'WebhookList' })

export const DeliveryList = z
  .object({
    deliveries: z.array(
      z.object({
        message: z.string(),
        type: z.enum(webhookEvents),
        attempt: z.number().int(),
        status: z.number().int().meta({ description: '0 where there was no answer.' }),
        detail: z.string(),
        milliseconds: z.number(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'DeliveryList' })

export const MessageAnswer = z.object({ message: z.string() }).meta({ id: 'Message' })

export const AccountAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    region: z.enum(regions),
    balance: micro.meta({ description: 'What can be spent: holds are taken off.' }),
    held: micro,
    currency: z.string(),
    origins: z.array(z.string()),
    lowBalance: micro,
  })
  .meta({ id: 'Account' })

const counts = {
  edits: z.number().int(),
  captured: z.number().int(),
  released: z.number().int(),
  refunded: z.number().int(),
  cost: micro,
}

export const UsageAnswer = z
  .object({
    from: time,
    to: time,
    by: z.enum(['day', 'key', 'client']),
    currency: z.string(),
    usage: z.array(
      z.object({
        day: z.string().optional(),
        key: z.string().optional(),
        client: z.string().optional(),
        ...counts,
      }),
    ),
  })
  .meta({ id: 'Usage' })
