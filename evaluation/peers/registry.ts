/** Every peer that needs no weights, by the name that a report shows. */

import type { EditSam } from '../../gpu-worker/mask/edit-sam.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { bidirectionalWarp } from './bidirectional-warp.ts'
import { cutAndPaste, seamlessClone } from './cut-and-paste.ts'
import { fastdragStretch } from './fastdrag-stretch.ts'
import { ThingFinder } from './moving-part.ts'
import { unedited } from './peer.ts'

export const peerNames = [
  'none',
  'cut-and-paste',
  'seamless-clone',
  'bidirectional-warp',
  'fastdrag-stretch',
] as const
export type PeerName = (typeof peerNames)[number]

/**
 * Peers that share what they find.
 *
 * @param sam as the engines that they are compared with have it; null to find things by colours
 */
export function openPeers(
  names: readonly PeerName[],
  sam: EditSam | null,
): readonly EvaluatedEngine[] {
  const things = new ThingFinder(sam)
  const open: Record<PeerName, () => EvaluatedEngine> = {
    none: unedited,
    'cut-and-paste': () => cutAndPaste(things),
    'seamless-clone': () => seamlessClone(things),
    'bidirectional-warp': () => bidirectionalWarp(things),
    'fastdrag-stretch': () => fastdragStretch(things),
  }
  return names.map((name) => open[name]())
}
