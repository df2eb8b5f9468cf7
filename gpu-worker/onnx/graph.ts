/**
 * Builds an ONNX model in memory. Weights are not copied into it: an initializer is external data
 * that refers to a byte range of the checkpoint's own file (ONNX specification, ExternalData).
 * Knows nothing of operators or models.
 */

import { ProtobufWriter } from './protobuf.ts'
import { type ElementType, onnxTypes, type Tensor } from './tensor.ts'

/** A value in the graph: the output of a node, an input, or a weight. */
export type Value = { readonly name: string }

/** An attribute of a node; numbers are integers unless wrapped by `float`. */
export type Attribute = number | string | readonly number[] | { readonly float: number }

/**
 * The location of a weight: `length` bytes at `offset` of `file` (absolute path), row-major in the
 * shape `dims`.
 */
export type ExternalTensor = {
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly file: string
  readonly offset: number
  readonly length: number
  /** What the stored values are multiplied by: one number [1], or one for each row [rows, 1, ...]. */
  readonly scale?: ExternalTensor
  /** Set if the bytes are codes of low precision instead: `type` is U8, `dims` those of the weights. */
  readonly blocks?: WeightBlocks
}

/**
 * How a matrix is stored in blocks (onnxruntime's MatMulNBits): each row is cut into blocks of `size`
 * weights, the last padded; of each there are the codes, `bits` for each weight, and one of the `scales`
 * [rows, blocks].
 */
export type WeightBlocks = {
  readonly bits: 4 | 8
  readonly size: number
  readonly scales: ExternalTensor
}

/**
 * The first opset with RMSNormalization, RotaryEmbedding and bfloat16 convolutions; onnxruntime
 * 1.30 supports up to 26.
 */
const OPSET = 23
const IR_VERSION = 10

/** Shapes of inputs and outputs; a string is a dimension known only at run time. */
export type SymbolicDims = readonly (number | string)[]

export class Graph {
  readonly #nodes: Uint8Array[] = []
  readonly #casts: Uint8Array[] = []
  readonly #initializers: Uint8Array[] = []
  readonly #inputs: Uint8Array[] = []
  readonly #outputs: Uint8Array[] = []
  readonly #names = new Set<string>()
  readonly #weights = new Map<string, Value>()
  #counter = 0

  /** An input of the graph. */
  input(name: string, type: ElementType, dims: SymbolicDims): Value {
    this.#claim(name)
    this.#inputs.push(valueInfo(name, type, dims))
    return { name }
  }

  /** Makes `value` an output of the graph, with its own name. */
  output(name: string, value: Value, type: ElementType, dims: SymbolicDims): void {
    this.#claim(name)
    this.#nodes.push(
      new ProtobufWriter().bytes(1, value.name).bytes(2, name).bytes(4, 'Identity').finish(),
    )
    this.#outputs.push(valueInfo(name, type, dims))
  }

  /** A weight that stays in the checkpoint's file. The same name returns the same value. */
  weight(name: string, source: ExternalTensor): Value {
    const known = this.#weights.get(name)
    if (known !== undefined) return known
    this.#claim(name)
    const location = {
      location: source.file.replace(/^\//, ''),
      offset: source.offset,
      length: source.length,
    }
    const tensor = tensorHeader(name, source.type, source.dims)
    for (const [key, value] of Object.entries(location))
      tensor.message(13, (entry) => entry.bytes(1, key).bytes(2, String(value)))
    this.#initializers.push(tensor.int(14, 1).finish())
    const value = { name }
    this.#weights.set(name, value)
    return value
  }

  /**
   * A weight cast to another type. onnxruntime runs nodes without inputs first, in the order of the
   * graph. In reverse order, each cast is delayed until its layer runs, so that only one layer is
   * in memory twice.
   */
  castWeight(weight: Value, to: ElementType): Value {
    const name = this.#fresh('weight')
    const node = new ProtobufWriter().bytes(1, weight.name).bytes(2, name).bytes(4, 'Cast')
    this.#casts.push(node.bytes(5, attribute('to', onnxTypes[to])).finish())
    return { name }
  }

  /** A small constant, stored in the model itself. */
  constant(tensor: Tensor): Value {
    const name = this.#fresh('constant')
    const data = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
    this.#initializers.push(tensorHeader(name, tensor.type, tensor.dims).bytes(9, data).finish())
    return { name }
  }

  /**
   * One node with one output. `domain` is empty for ONNX's own operators. An absent optional input
   * is `null`.
   */
  node(
    operator: string,
    inputs: readonly (Value | null)[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Value {
    return this.nodeWithOutputs(1, operator, inputs, attributes, domain)[0] as Value
  }

  /** One node with `count` outputs. */
  nodeWithOutputs(
    count: number,
    operator: string,
    inputs: readonly (Value | null)[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Value[] {
    const name = this.#fresh(operator)
    const outputs = Array.from({ length: count }, (_, i) => ({
      name: count === 1 ? name : `${name}:${i}`,
    }))
    const node = new ProtobufWriter()
    for (const input of inputs) node.bytes(1, input?.name ?? '')
    for (const output of outputs) node.bytes(2, output.name)
    node.bytes(3, name).bytes(4, operator)
    for (const [key, value] of Object.entries(attributes)) node.bytes(5, attribute(key, value))
    if (domain !== '') node.bytes(7, domain)
    this.#nodes.push(node.finish())
    return outputs
  }

  /** The bytes of the ModelProto. */
  finish(): Uint8Array {
    const graph = new ProtobufWriter()
    for (const cast of this.#casts.toReversed()) graph.bytes(1, cast)
    for (const node of this.#nodes) graph.bytes(1, node)
    graph.bytes(2, 'contextdrag')
    for (const initializer of this.#initializers) graph.bytes(5, initializer)
    for (const input of this.#inputs) graph.bytes(11, input)
    for (const output of this.#outputs) graph.bytes(12, output)
    return new ProtobufWriter()
      .int(1, IR_VERSION)
      .bytes(2, 'contextdrag')
      .bytes(7, graph.finish())
      .message(8, (opset) => opset.bytes(1, '').int(2, OPSET))
      .message(8, (opset) => opset.bytes(1, 'com.microsoft').int(2, 1))
      .finish()
  }

  #fresh(stem: string): string {
    return `${stem}_${this.#counter++}`
  }

  #claim(name: string): void {
    if (this.#names.has(name)) throw new Error(`the graph already has a value named ${name}`)
    this.#names.add(name)
  }
}

/** TensorProto: dims = 1, data_type = 2, name = 8. */
function tensorHeader(name: string, type: ElementType, dims: readonly number[]): ProtobufWriter {
  const tensor = new ProtobufWriter()
  for (const dim of dims) tensor.int(1, dim)
  return tensor.int(2, onnxTypes[type]).bytes(8, name)
}

/**
 * ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 } } }.
 */
function valueInfo(name: string, type: ElementType, dims: SymbolicDims): Uint8Array {
  return new ProtobufWriter()
    .bytes(1, name)
    .message(2, (typeProto) =>
      typeProto.message(1, (tensor) =>
        tensor.int(1, onnxTypes[type]).message(2, (shape) => {
          for (const dim of dims)
            shape.message(1, (entry) =>
              typeof dim === 'number' ? entry.int(1, dim) : entry.bytes(2, dim),
            )
        }),
      ),
    )
    .finish()
}

/**
 * AttributeProto: name = 1, f = 2, i = 3, s = 4, ints = 8, type = 20 (FLOAT 1, INT 2, STRING 3,
 * INTS 7).
 */
function attribute(name: string, value: Attribute): Uint8Array {
  const proto = new ProtobufWriter().bytes(1, name)
  if (typeof value === 'number') return proto.int(3, value).int(20, 2).finish()
  if (typeof value === 'string') return proto.bytes(4, value).int(20, 3).finish()
  if ('float' in value) return proto.float(2, value.float).int(20, 1).finish()
  for (const item of value) proto.int(8, item)
  return proto.int(20, 7).finish()
}
