/**
 * Rotary position tables, computed on the host in float64 (diffusers embeddings.py,
 * get_1d_rotary_pos_embed).
 */

/**
 * Rows of cos and sin, one per token, `width` = head dim / 2 values each: interleaved pairs, axis
 * after axis.
 */
export type RopeTable = {
  readonly cos: Float32Array
  readonly sin: Float32Array
  readonly width: number
}

/** Position ids, one array per axis: `axes[a][token]`. */
export type PositionIds = readonly ArrayLike<number>[]

/**
 * The table of the tokens with some position ids.
 *
 * @param axesDims head dimensions per axis, such as 16, 56, 56; axis `a` rotates
 * pair `j` by `id * theta^(-2j / dim)`
 */
export function ropeTable(ids: PositionIds, axesDims: readonly number[], theta: number): RopeTable {
  const count = ids[0]?.length ?? 0
  const width = axesDims.reduce((sum, dim) => sum + dim / 2, 0)
  const cos = new Float32Array(count * width)
  const sin = new Float32Array(count * width)
  let first = 0
  axesDims.forEach((dim, axis) => {
    const positions = ids[axis] as ArrayLike<number>
    const frequencies = Array.from({ length: dim / 2 }, (_, j) => theta ** ((-2 * j) / dim))
    // Thousands of tokens share a few dozen rows and columns, so angles are computed once per
    // position.
    const rowOf = new Map<number, number>()
    for (let token = 0; token < count; token++) {
      const position = positions[token] as number
      const at = token * width + first
      const known = rowOf.get(position)
      if (known === undefined) {
        frequencies.forEach((frequency, j) => {
          cos[at + j] = Math.cos(position * frequency)
          sin[at + j] = Math.sin(position * frequency)
        })
        rowOf.set(position, at)
      } else {
        cos.copyWithin(at, known, known + dim / 2)
        sin.copyWithin(at, known, known + dim / 2)
      }
    }
    first += dim / 2
  })
  return { cos, sin, width }
}

/**
 * The table of tokens whose position ids share one list of frequencies: pair `j` of all is rotated by
 * `id * theta^(-2j / dim)`, with the id of the axis in whose section it is (transformers, M-RoPE).
 *
 * @param ids one number per axis, for each token
 * @param sections pairs of each axis
 */
export function sectionedRopeTable(
  ids: readonly (readonly number[])[],
  sections: readonly number[],
  theta: number,
): RopeTable {
  const axisOf = sections.flatMap((count, axis) => new Array<number>(count).fill(axis))
  const width = axisOf.length
  // Rounded like upstream's float32: at hundreds of radians the last bit of a frequency matters.
  const frequencies = axisOf.map((_, j) =>
    Math.fround(1 / Math.fround(theta ** Math.fround(j / width))),
  )
  const cos = new Float32Array(ids.length * width)
  const sin = new Float32Array(ids.length * width)
  ids.forEach((id, token) => {
    frequencies.forEach((frequency, j) => {
      const angle = Math.fround((id[axisOf[j] as number] as number) * frequency)
      cos[token * width + j] = Math.cos(angle)
      sin[token * width + j] = Math.sin(angle)
    })
  })
  return { cos, sin, width }
}
