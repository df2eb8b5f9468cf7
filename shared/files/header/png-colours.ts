/** The cICP chunk of a PNG: its colours as code points of H.273. */

import { unsupported } from './raw-header.ts'

/** Colour primaries that a result can keep: BT.709 (sRGB), BT.2020, Display P3. */
export const PRIMARIES = [1, 9, 12] as const
/** Transfer characteristics that a result can keep. HDR (16 and 18) is not among them. */
export const TRANSFERS = [1, 4, 5, 6, 8, 13, 14, 15] as const
/** Then the chunk says nothing. */
const UNSPECIFIED = 2

export type Primaries = (typeof PRIMARIES)[number]
export type Transfer = (typeof TRANSFERS)[number]

/** The primaries and the transfer of a cICP chunk; null where it leaves them open. */
export function coloursOf(cicp: Uint8Array): { primaries: Primaries; transfer: Transfer } | null {
  const [one, other, matrix, fullRange] = cicp
  if (one === UNSPECIFIED || other === UNSPECIFIED) return null
  const primaries = PRIMARIES.find((code) => code === one)
  const transfer = TRANSFERS.find((code) => code === other)
  if (primaries === undefined || transfer === undefined || matrix !== 0 || fullRange !== 1)
    unsupported(
      `the PNG's cICP colours (${[...cicp].join(', ')}) are not supported; send it as sRGB or Display P3`,
    )
  return { primaries, transfer }
}
