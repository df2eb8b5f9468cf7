/**
 * The order in which Qwen2.5-VL's vision tower takes the patches of a picture, and which of them see
 * each other, computed on the host (transformers vision_utils.py, get_vision_window_index). Patches
 * come in blocks, which the tower merges into one token at its end; blocks come in square windows,
 * and most layers attend within a window only. Knows nothing of graphs.
 */

/** Patches of a picture, along each side; both are multiples of the merge size. */
export type PatchGrid = { readonly rows: number; readonly cols: number }

/** Sizes of blocks and windows. */
export type WindowSizes = {
  readonly patch_size: number
  readonly spatial_merge_size: number
  /** Side of a window in pixels. */
  readonly window_size: number
}

export type WindowOrder = {
  /** Patches in the tower's order: their places in the picture's own order, block by block. */
  readonly patches: number[]
  /** Row and column of each, in the tower's order. */
  readonly positions: (readonly [row: number, col: number])[]
  /** The number of the window of each, in the tower's order. */
  readonly windows: number[]
  /** Where the token of each block of the picture, row by row, is in the tower's output. */
  readonly tokens: number[]
}

/** The order of a picture's patches. */
export function windowOrder(grid: PatchGrid, sizes: WindowSizes): WindowOrder {
  const merge = sizes.spatial_merge_size
  const side = Math.floor(sizes.window_size / merge / sizes.patch_size)
  const rows = grid.rows / merge
  const cols = grid.cols / merge
  const across = Math.ceil(cols / side)
  const windowOf = (block: number) =>
    Math.floor(Math.floor(block / cols) / side) * across + Math.floor((block % cols) / side)
  // A stable sort: blocks of a window stay row by row.
  const blocks = Array.from({ length: rows * cols }, (_, block) => block).sort(
    (a, b) => windowOf(a) - windowOf(b),
  )
  const area = merge * merge
  const inner = Array.from({ length: area }, (_, i) => i)
  const tokens = new Array<number>(blocks.length)
  blocks.forEach((block, place) => {
    tokens[block] = place
  })
  return {
    patches: blocks.flatMap((block) => inner.map((i) => area * block + i)),
    positions: blocks.flatMap((block) =>
      inner.map(
        (i) =>
          [
            merge * Math.floor(block / cols) + Math.floor(i / merge),
            merge * (block % cols) + (i % merge),
          ] as const,
      ),
    ),
    windows: blocks.flatMap((block) => inner.map(() => windowOf(block))),
    tokens,
  }
}
