/** The thread behind a {@link Session}: the only file that imports onnxruntime. */

import { parentPort, workerData } from 'node:worker_threads'
import ort from 'onnxruntime-node'
import {
  END,
  type GraphValue,
  type SessionOptions,
  type SessionReply,
  type SessionRequest,
  STOP_INPUT,
} from './session.ts'
import type { Tensor } from './tensor.ts'

const { model, options } = workerData as { model: Uint8Array; options: SessionOptions }
if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort

function reply(message: SessionReply): void {
  const buffers =
    'outputs' in message ? Object.values(message.outputs).map((tensor) => tensor.data.buffer) : []
  port.postMessage(message, buffers as ArrayBuffer[])
}

/**
 * Options chosen by measurement (docs/benchmarks.md): weights stay mapped from their files unless they
 * are packed, and a missing provider is an error, never a silent fallback.
 */
function sessionOptions(): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [options.provider],
    logSeverityLevel: 3,
    // The arena would keep memory of temporary casts; without it, runs are not slower.
    enableCpuMemArena: false,
    ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
    extra: {
      // Folding the cast of a weight would keep a second copy of it in the wider type.
      optimization: { disable_specified_optimizers: 'ConstantFolding' },
      session: {
        // External data locations are absolute paths without the leading slash.
        model_external_initializers_file_folder_path: '/',
        // Packing copies every float32 weight out of the mapped file; a cast one cannot be packed.
        disable_prepacking: options.packed === true && options.provider === 'cpu' ? '0' : '1',
        // Threads that spin while they wait take the cores from the edge and the browser beside.
        'intra_op.allow_spinning': '0',
        ...(options.provider === 'cuda' && {
          disable_cpu_ep_fallback: '1',
          use_device_allocator_for_initializers: '1',
        }),
      },
    },
  }
}

function toOrt(tensor: Tensor): ort.Tensor {
  switch (tensor.type) {
    case 'F32':
      return new ort.Tensor('float32', tensor.data, tensor.dims)
    case 'I64':
      return new ort.Tensor('int64', tensor.data, tensor.dims)
    case 'U8':
      return new ort.Tensor('uint8', tensor.data, tensor.dims)
  }
}

function fromOrt(name: string, tensor: ort.Tensor): Tensor {
  if (tensor.data instanceof Float32Array)
    return { type: 'F32', dims: tensor.dims, data: tensor.data }
  if (tensor.data instanceof BigInt64Array)
    return { type: 'I64', dims: tensor.dims, data: tensor.data }
  if (tensor.data instanceof Uint8Array && tensor.type === 'uint8')
    return { type: 'U8', dims: tensor.dims, data: tensor.data }
  throw new Error(`output ${name} has type ${tensor.type}`)
}

async function run(
  session: ort.InferenceSession,
  { id, inputs, stop }: SessionRequest,
): Promise<void> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]),
  )
  // Not copied: onnxruntime reads the shared memory at every stop point.
  if (session.inputNames.includes(STOP_INPUT)) feeds[STOP_INPUT] = new ort.Tensor('int64', stop, [])
  const start = performance.now()
  // Errors come as exceptions; a stopped run should not be logged as one as well.
  const results = await session.run(feeds, { logSeverityLevel: 4 })
  const milliseconds = performance.now() - start
  const outputs = Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, fromOrt(name, tensor as ort.Tensor)]),
  )
  reply({ id, outputs, milliseconds })
}

function graphValue(value: ort.InferenceSession.ValueMetadata): GraphValue {
  return value.isTensor
    ? { name: value.name, type: value.type, dims: value.shape }
    : { name: value.name, type: 'other', dims: [] }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  const session = await ort.InferenceSession.create(model, sessionOptions())
  // Runs are chained, so that responses are in the order of the requests.
  let last: Promise<void> = Promise.resolve()
  let ended = false
  port.on('message', (request: SessionRequest | typeof END) => {
    if (request === END) {
      ended = true
      last = last.then(() => session.release()).finally(() => port.close())
      return
    }
    last = last
      .then(() => (ended ? undefined : run(session, request)))
      .catch((error) => reply({ id: request.id, error: message(error) }))
  })
  const { inputMetadata, outputMetadata } = session
  reply({
    id: 0,
    signature: { inputs: inputMetadata.map(graphValue), outputs: outputMetadata.map(graphValue) },
  })
} catch (error) {
  const hint =
    options.provider === 'cuda'
      ? '; the CUDA provider needs CUDA 12, cuDNN 9 and the libraries installed by' +
        ' `ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install`'
      : ''
  reply({ id: 0, error: `${message(error)}${hint}` })
}
