/** The shapes of responses that several routes return; a route declares its own beside its handler. */

import { z } from 'zod'
import { EditRecord, WarningSchema } from '../../shared/edit/record.ts'
import { type ErrorCode, errorTable } from '../../shared/errors.ts'
import { editStatuses } from '../rpc/edit/state.ts'
import { area, grid, micro, mode, model, price, size, time } from './parts.ts'

export const ProblemAnswer = z
  .object({
    type: z
      .string()
      .meta({ description: 'The page of this code: what causes it, and what to do.' }),
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
    area: area.optional(),
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
      .meta({
        description:
          'Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask was sent, or SAM refines the mask.',
      }),
    warnings: z.array(WarningSchema),
    record: EditRecord.optional().meta({
      description:
        'What the edit was made with. Absent for edits of a release before it was stored.',
    }),
    metadata: z.record(z.string(), z.string()),
    price,
    charged: micro.optional(),
    urls: z.object({ self: z.url(), events: z.url(), cancel: z.url(), result: z.url() }),
    createdAt: time,
    updatedAt: time,
    endedAt: time.optional(),
    retention: z.string().optional().meta({ description: 'As in the request.' }),
    keptUntil: time.optional().meta({
      description: 'When the edit deletes itself, once it is over and if retention was set.',
    }),
    queue: z
      .object({
        position: z.number().int(),
        seconds: z.number().meta({ description: '0 before the first run was measured.' }),
      })
      .optional()
      .meta({ description: 'The place in the queue, and the estimated wait for a worker.' }),
    result: z
      .object({ ...size.shape, bytes: z.number().int(), url: z.url(), expiresAt: time })
      .optional()
      .meta({ description: 'The URL needs no key and expires; get the edit again for a new one.' }),
    timings: z.record(z.string(), z.number()).optional(),
    error: ProblemAnswer.optional(),
  })
  .meta({ id: 'Edit' })

/** Among edits that were made together: the others are still there. */
export const DeletedEditAnswer = z
  .object({ id: z.string(), status: z.literal('deleted') })
  .meta({ id: 'DeletedEdit', description: 'What a retry of the request finds of a deleted edit.' })

const madeTogether = z.array(z.union([EditAnswer, DeletedEditAnswer]))

/** What a create answers: an edit, and all candidates where several were asked for. */
export const CreatedAnswer = EditAnswer.extend({
  candidates: madeTogether.optional().meta({
    description:
      'All candidates, absent if n is 1. The edit itself is the first of them that is not deleted.',
  }),
}).meta({ id: 'CreatedEdit' })

export const BatchAnswer = z.object({ edits: madeTogether }).meta({
  id: 'EditBatch',
  description: 'In the order of the request; the candidates of an edit follow each other.',
})
