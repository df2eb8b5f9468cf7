/**
 * Writes the weights and inputs of FLUX.2's self-test for make_golden_flux2.py, which computes its known answer
 * with diffusers. Development only: node test/parity/self-test-inputs.ts FILE
 */

import { writeFile } from 'node:fs/promises'
import { flux2SelfTest } from '../../gpu-worker/backbones/flux2/self-test.ts'
import { selfTestWeights } from '../../gpu-worker/backbones/self-test.ts'
import { writeSafetensors } from '../../gpu-worker/checkpoint/safetensors.ts'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('give the file to write')
const inputs = Object.entries(flux2SelfTest.inputs()).flatMap(([name, tensor]) =>
  tensor.type === 'F32' ? [{ name: `input.${name}`, dims: tensor.dims, data: tensor.data }] : [],
)
await writeFile(file, writeSafetensors([...selfTestWeights(flux2SelfTest), ...inputs]))
