/** Estimates the memory that an edit needs from the sizes of a checkpoint's components. */

/** Size of a component; `types` has the number of parameters per element type. */
export type ComponentSize = {
  readonly parameters: number
  readonly bytes: number
  readonly types: Readonly<Record<string, number>>
}

/** Bytes on a CPU and on a GPU. */
export type MemoryEstimate = { readonly cpu: number; readonly gpu: number }

export type MemoryInputs = {
  readonly transformer: ComponentSize
  readonly autoencoder: ComponentSize
  readonly textEncoders: readonly ComponentSize[]
  /**
   * Width of the transformer, and its text and target tokens; there are as many reference tokens.
   */
  readonly width: number
  readonly textTokens: number
  readonly tokens: number
}

/**
 * The loaded weights and the largest activations.
 *
 * On a CPU, weights are mapped from their files and cast to float32 one layer at a time. On a GPU
 * they are loaded as bfloat16, those of the autoencoder as float32, and those of the text encoders
 * only while a prompt is encoded.
 */
export function estimateMemory(inputs: MemoryInputs): MemoryEstimate {
  const { transformer, autoencoder, textEncoders, width, textTokens, tokens } = inputs
  // The widest tensor of a block is [S, 5 D], before its last projection; a few of [S, D] exist at
  // the same time.
  const activations = (textTokens + 2 * tokens) * width * 12
  const decoding = autoencoder.parameters * 4 + tokens * 256 * 128 * 4 * 3
  const held = [transformer, autoencoder, ...textEncoders].reduce(
    (sum, { bytes }) => sum + bytes,
    0,
  )
  const largestText = Math.max(0, ...textEncoders.map(({ parameters }) => parameters))
  return {
    cpu: Math.round(held + activations * 4 + decoding),
    gpu: Math.round(
      transformer.parameters * 2 + Math.max(activations * 2, largestText * 2) + decoding,
    ),
  }
}
