/** The closed list of warnings: what callers may not expect of an edit. A warning does not stop it. */

/** Every warning code with what it means. The API returns no others. */
export const warningTable = {
  nothing_moves:
    'Every token keeps its place. Only plans have this warning; an edit is rejected with the error of the same name',
  thin_mask:
    'Less than half of the mask at a handle moves, because tokens are coarser than the mask',
  mask_stays: 'More than half of the mask has no moving drag, and stays',
  leaves_image: 'Part of what moves leaves the image, and is deleted',
  mask_not_final:
    'What moves is found in the photo when the edit runs, so the edit may differ from the plan',
  thing_not_found:
    'No thing was found at a handle; a disc around it moves, or with `instant` the place around it bends. Or none was found in the box of a move; all that is in the box moves',
  thing_bends:
    'With `instant` and no mask: what is at a handle is a part of something, or the handle is at the end of a thing. It bends and does not move',
  drag_shortened:
    'What stays of a thing is so close to the handle of a drag that the thing cannot follow it; it goes `share` of the way',
  mask_not_refined: 'The profile asks for a mask refined by SAM, and no SAM is configured',
} as const

/** One of the codes of {@link warningTable}. */
export type WarningCode = keyof typeof warningTable

/** What an edit, or a plan, says about itself beside its result. */
export type Warning = {
  readonly code: WarningCode
  /** Plain English, with the numbers. */
  readonly message: string
  /** Index of the drag that it is about. */
  readonly drag?: number | undefined
  /** The part that the code is about, from 0 to 1: what moves of a mask, what leaves the image, what is left of a drag. */
  readonly share?: number | undefined
  /** `nothing_moves`: the shortest drag along a side of the image that moves something. */
  readonly pixels?: number | undefined
}
