/**
 * What a file is packed as, if its weights are of types that graphs do not read. Knows the marks of
 * the usual tools, and nothing of how to unpack them.
 */

import { isAccepted, type StoredTensor } from './safetensors.ts'

type Stored = ReadonlyMap<string, StoredTensor>

const INSTEAD = 'fetch the file in bfloat16, float16 or float8 (E4M3) instead'

/** The packed tensors in one sentence, with what to fetch instead; null if there are none. */
export function packedFault(stored: Stored): string | null {
  const packed = [...stored].filter(([, tensor]) => !isAccepted(tensor))
  const [name, tensor] = packed.find(([key]) => key.endsWith('.weight')) ?? packed[0] ?? []
  if (name === undefined || tensor === undefined) return null
  return `${name} is ${tensor.type}${formatOf(name, stored)}, which is not read: ${INSTEAD}`
}

/** The format of a packed weight, where its neighbours tell. */
function formatOf(name: string, stored: Stored): string {
  if (stored.has(`${name}_scale_2`)) return ', packed as NVFP4'
  const isNf4 = [...stored.keys()].some((key) => key.startsWith(`${name}.quant_state.`))
  return isNf4 ? ', packed by bitsandbytes' : ''
}
