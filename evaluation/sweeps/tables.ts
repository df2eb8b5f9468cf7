/** The tables of the ContextDrag paper (arXiv 2512.08477v2) that compare variants of one method. */

import { inversionSettings } from '../inversion/inversion.ts'
import type { Sweep } from './sweep.ts'

export const tables: Readonly<Record<string, Sweep>> = {
  'table-ii': {
    about: 'backbones, with the paper’s numbers of steps',
    entries: () =>
      Object.entries({
        'flux2-klein-4b': 4,
        'flux2-klein-base-4b': 30,
        'flux2-klein-9b': 4,
        'flux2-klein-base-9b': 30,
        'longcat-image-edit': 30,
        'flux1-kontext-dev': 30,
      }).map(([engine, steps]) => ({ engine, settings: { steps }, label: engine })),
  },
  'table-iv': {
    about: 'how the correspondence is found',
    entries: (engine) => [
      { engine, settings: { strategy: 'forward-source' }, label: 'Forward + source anchors' },
      { engine, settings: { strategy: 'reverse-inferred' }, label: 'Reverse + inferred vectors' },
      { engine, settings: { strategy: 'reverse-user' }, label: 'Reverse + user vectors' },
    ],
  },
  'table-v': {
    about: 'positional re-encoding and the overlap-aware mask',
    entries: (engine) => [
      { engine, settings: { pre: false, oam: false }, label: 'Baseline' },
      { engine, settings: { pre: true, oam: false }, label: 'PRE' },
      { engine, settings: { pre: false, oam: true }, label: 'OAM' },
      { engine, settings: { pre: true, oam: true }, label: 'PRE + OAM' },
    ],
  },
  'table-vi': {
    about: 'editing strategies: a warp with our fill, inversion, and the VAE-encoded photo (ours)',
    entries: (engine) => [
      { engine: 'bidirectional-warp', settings: {}, label: 'Inpaint4Drag, with our fill' },
      { engine: `inversion:${engine}`, settings: inversionSettings, label: 'Inversion' },
      { engine, settings: {}, label: 'VAE encoding' },
    ],
  },
  'table-vii': {
    about: 'the weight of the token injection',
    entries: (engine) =>
      [0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9].map((lambda) => ({
        engine,
        settings: { lambda },
        label: `lambda ${lambda}`,
      })),
  },
  'table-viii': {
    about: 'seconds of an edit, of the paper’s two backbones and of peers',
    entries: () => [
      { engine: 'fastdrag-stretch', settings: {}, label: 'FastDrag, pixels' },
      { engine: 'bidirectional-warp', settings: {}, label: 'Inpaint4Drag, with our fill' },
      { engine: 'flux2-klein-4b', settings: { steps: 4 }, label: 'FLUX.2-klein-4B, 4 steps' },
      {
        engine: 'flux1-kontext-dev',
        settings: { steps: 30 },
        label: 'FLUX.1-Kontext-dev, 30 steps',
      },
    ],
  },
}
