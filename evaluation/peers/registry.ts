/** Every peer that needs no weights, by the name that a report shows. Another one is an entry here. */

import type { EvaluatedEngine } from '../engine.ts'
import { bidirectionalWarp } from './bidirectional-warp.ts'
import { cutAndPaste, seamlessClone } from './cut-and-paste.ts'
import { fastdragStretch } from './fastdrag-stretch.ts'
import type { ThingFinder } from './moving-part.ts'
import { unedited } from './peer.ts'

export type PeerKind = {
  /** One sentence, for the help. */
  readonly about: string
  /** @param things shared by all peers of a process, so that each is found once */
  readonly open: (things: ThingFinder) => EvaluatedEngine
}

export const peers = {
  none: { about: 'the photo itself, without an edit', open: unedited },
  'cut-and-paste': {
    about: "the thing moved as it is, its old place filled by OpenCV's Telea",
    open: cutAndPaste,
  },
  'seamless-clone': {
    about: 'the same, pasted by Poisson blending',
    open: seamlessClone,
  },
  'bidirectional-warp': {
    about: "Inpaint4Drag's warp, with our fill instead of its network",
    open: bidirectionalWarp,
  },
  'fastdrag-stretch': {
    about: "FastDrag's stretch and fill, of pixels instead of latents",
    open: fastdragStretch,
  },
} as const satisfies Record<string, PeerKind>

export type PeerName = keyof typeof peers
export const peerNames = Object.keys(peers) as readonly PeerName[]
