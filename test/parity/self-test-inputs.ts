/**
 * Writes the weights and inputs of a family's self-test for make_golden_flux2.py or make_golden_longcat.py, which
 * computes its known answer with diffusers. Development only: node test/parity/self-test-inputs.ts FAMILY FILE
 */

import { writeFile } from 'node:fs/promises'
import { flux2SelfTest } from '../../gpu-worker/backbones/flux2/self-test.ts'
import { longcatSelfTest } from '../../gpu-worker/backbones/longcat/self-test.ts'
import { selfTestWeights } from '../../gpu-worker/backbones/self-test.ts'
import { writeSafetensors } from '../../gpu-worker/checkpoint/safetensors.ts'

const blocks = new Map([
  ['flux2', flux2SelfTest],
  ['longcat', longcatSelfTest],
])
const [family = '', file] = process.argv.slice(2)
const block = blocks.get(family)
if (block === undefined || file === undefined) throw new Error('give flux2 or longcat, and the file to write')
const inputs = Object.entries(block.inputs()).flatMap(([name, tensor]) =>
  tensor.type === 'F32' ? [{ name: `input.${name}`, dims: tensor.dims, data: tensor.data }] : [],
)
await writeFile(file, writeSafetensors([...selfTestWeights(block), ...inputs]))
