/**
 * The command line's own settings: the Hugging Face hub, the operator's edge, and a service that is
 * evaluated or used. Settings for running a backbone are the worker's (`gpu-worker/config.ts`).
 */

import { z } from 'zod'
import { readVariables } from '../gpu-worker/config.ts'

/** Settings for downloads, named as in Hugging Face's own tools. */
const Hub = z.object({ HF_TOKEN: z.string().optional(), HF_ENDPOINT: z.url().optional() })

/** Settings for the operator's commands. */
const Operator = z.object({
  CONTEXTDRAG_URL: z.url().transform((url) => url.replace(/\/$/, '')),
  OPERATOR_TOKEN: z.string().min(16),
})

/** Settings of a client of a service. */
const Client = z.object({
  CONTEXTDRAG_URL: Operator.shape.CONTEXTDRAG_URL,
  CONTEXTDRAG_KEY: z.string().min(1),
})

/** Settings for evaluating a service. */
const Service = z.object({ CONTEXTDRAG_KEY: z.string().min(1).optional() })

/** Settings of the model that judges results. */
const Judge = z.object({ JUDGE_API_KEY: z.string().min(1).optional() })

/** The key of the judge; undefined for one that takes none. */
export function readJudgeKey(): string | undefined {
  return readVariables(Judge, process.env).JUDGE_API_KEY
}

/** The key with which a service is evaluated; undefined without one. */
export function readServiceKey(): string | undefined {
  return readVariables(Service, process.env).CONTEXTDRAG_KEY
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readHubConfig(): z.infer<typeof Hub> {
  return readVariables(Hub, process.env)
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readOperatorConfig(): z.infer<typeof Operator> {
  return readVariables(Operator, process.env)
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readClientConfig(): z.infer<typeof Client> {
  return readVariables(Client, process.env)
}
