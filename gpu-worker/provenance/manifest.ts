/** What the manifest of a result says (C2PA 2.2): which photo was opened, and how it was edited. */

import type { SourceType } from '../photo/image.ts'

/** What is said of an edit. */
export type About = {
  /** The edit's id. */
  readonly edit: string
  readonly model: string
  /** Whether a trained model made pixels. */
  readonly source: SourceType
}

/** The label by which an action names the photo. */
const PHOTO = 'photo'
const SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype'

/**
 * The photo as an ingredient. C2PA identifies it by an id, for which the hash of its bytes serves.
 *
 * @param sha256 of the photo's file, in hex
 */
export function photoIngredient(sha256: string) {
  return {
    title: PHOTO,
    label: PHOTO,
    instance_id: `sha256:${sha256}`,
    relationship: 'parentOf',
  }
}

/** @param version of this worker @param when ISO 8601 */
export function manifestOf({ edit, model, source }: About, version: string, when: string) {
  return {
    claim_generator_info: [{ name: 'ContextDrag', version }],
    title: edit,
    assertions: [
      {
        label: 'c2pa.actions.v2',
        data: {
          actions: [
            { action: 'c2pa.opened', when, parameters: { ingredientIds: [PHOTO] } },
            {
              action: 'c2pa.edited',
              when,
              description: 'Things in the photo were dragged',
              softwareAgent: { name: `ContextDrag ${model}`, version },
              digitalSourceType: `${SOURCE_TYPES}/${source}`,
            },
          ],
        },
      },
      { label: 'org.contextdrag.edit', data: { edit, model } },
    ],
  }
}
