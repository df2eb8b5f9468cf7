/**
 * The command line's own settings: the Hugging Face hub and the operator's edge. Settings for
 * running a backbone are the worker's (`gpu-worker/config.ts`).
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

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readHubConfig(): z.infer<typeof Hub> {
  return readVariables(Hub, process.env)
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readOperatorConfig(): z.infer<typeof Operator> {
  return readVariables(Operator, process.env)
}
