/**
 * The command line's own configuration: the hub and the operator's edge. What opening backbones
 * needs is the worker's.
 */

import { z } from 'zod'
import { readVariables } from '../gpu-worker/config.ts'

/** What downloads from the hub need: the variables of Hugging Face's own tools. */
const Hub = z.object({ HF_TOKEN: z.string().optional(), HF_ENDPOINT: z.url().optional() })

/** What the operator's commands need. */
const Operator = z.object({
  CONTEXTDRAG_URL: z.url().transform((url) => url.replace(/\/$/, '')),
  OPERATOR_TOKEN: z.string().min(16),
})

/** @throws Error naming every variable that is wrong, never its value */
export function readHubConfig(): z.infer<typeof Hub> {
  return readVariables(Hub, process.env)
}

/** @throws Error naming every variable that is wrong, never its value */
export function readOperatorConfig(): z.infer<typeof Operator> {
  return readVariables(Operator, process.env)
}
