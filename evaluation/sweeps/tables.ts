/**
 * The tables of the ContextDrag paper (arXiv 2512.08477v2) as sweeps, with the numbers that it reports.
 * All but Table VIII are of DragBench-SR, and of FLUX.1-Kontext-dev unless a row says otherwise.
 */

import type { PaperRow, Sweep, SweepEntry } from './sweep.ts'

function row(md: number, fidelity: number, cp: number, pf: number, cpPf: number): PaperRow {
  return { md, if: fidelity, cp, pf, cpPf }
}

const full = row(19.07, 0.88, 0.9225, 0.82, 0.7565)

const backbone = (engine: string, paper: PaperRow): SweepEntry => ({
  engine,
  settings: {},
  label: engine,
  paper,
})

export const tables: Readonly<Record<string, Sweep>> = {
  'table-ii': {
    about: 'backbones, each with its own number of steps',
    entries: () => [
      backbone('flux2-klein-4b', row(21.74, 0.87, 0.895, 0.8075, 0.7227)),
      backbone('flux2-klein-base-4b', row(21.99, 0.88, 0.9025, 0.815, 0.7355)),
      backbone('flux2-klein-9b', row(21.22, 0.87, 0.915, 0.81, 0.7412)),
      backbone('flux2-klein-base-9b', row(20.09, 0.88, 0.925, 0.815, 0.7539)),
      backbone('longcat-image-edit', row(20.27, 0.87, 0.9225, 0.8125, 0.7495)),
      backbone('flux1-kontext-dev', full),
    ],
  },
  'table-iv': {
    about: 'how the correspondence is found',
    entries: (engine) => [
      {
        engine,
        settings: { strategy: 'forward-source' },
        label: 'Forward + source anchors',
        paper: row(20.04, 0.86, 0.8325, 0.805, 0.6702),
      },
      {
        engine,
        settings: { strategy: 'reverse-inferred' },
        label: 'Reverse + inferred vectors',
        paper: row(22.3, 0.88, 0.9125, 0.8025, 0.7322),
      },
      {
        engine,
        settings: { strategy: 'reverse-user' },
        label: 'Reverse + user vectors',
        paper: full,
      },
    ],
  },
  'table-v': {
    about: 'positional re-encoding and the overlap-aware mask',
    entries: (engine) => [
      {
        engine,
        settings: { pre: false, oam: false },
        label: 'Baseline',
        paper: row(26.84, 0.87, 0.8825, 0.7775, 0.6861),
      },
      {
        engine,
        settings: { pre: true, oam: false },
        label: 'PRE',
        paper: row(18.77, 0.84, 0.875, 0.8125, 0.7109),
      },
      {
        engine,
        settings: { pre: false, oam: true },
        label: 'OAM',
        paper: row(22.83, 0.88, 0.915, 0.795, 0.7274),
      },
      { engine, settings: { pre: true, oam: true }, label: 'PRE + OAM', paper: full },
    ],
  },
  'table-vi': {
    about: 'editing strategies: a warp with our fill in place of FLUX-Fill, and the encoded photo',
    entries: (engine) => [
      {
        engine: 'bidirectional-warp',
        settings: {},
        label: 'Inpaint4Drag, with our fill',
        paper: row(21.71, 0.87, 0.8575, 0.8075, 0.6924),
      },
      { engine, settings: {}, label: 'VAE encoding', paper: full },
    ],
  },
  'table-vii': {
    about: 'the weight of the token injection',
    entries: (engine) =>
      (
        [
          [0.1, row(60.99, 0.9, 0.9, 0.7425, 0.6683)],
          [0.3, row(27.37, 0.88, 0.9425, 0.76, 0.7163)],
          [0.4, row(20.59, 0.88, 0.94, 0.7975, 0.7497)],
          [0.5, full],
          [0.6, row(18.81, 0.87, 0.9125, 0.815, 0.7436)],
          [0.7, row(18.44, 0.87, 0.9125, 0.7925, 0.7232)],
          [0.9, row(19.51, 0.87, 0.865, 0.7875, 0.6811)],
        ] as const
      ).map(([lambda, paper]) => ({
        engine,
        settings: { lambda },
        label: `lambda ${lambda}`,
        paper,
      })),
  },
  'table-viii': {
    about: 'seconds of an edit, of the paper’s two backbones and of peers',
    entries: () => [
      {
        engine: 'fastdrag-stretch',
        settings: {},
        label: 'FastDrag, pixels',
        paper: { seconds: 8.08 },
      },
      {
        engine: 'bidirectional-warp',
        settings: {},
        label: 'Inpaint4Drag, with our fill',
        paper: { seconds: 0.4 },
      },
      {
        engine: 'flux2-klein-4b',
        settings: { steps: 4 },
        label: 'FLUX.2-klein-4B, 4 steps',
        paper: { seconds: 4.28 },
      },
      {
        engine: 'flux1-kontext-dev',
        settings: { steps: 30 },
        label: 'FLUX.1-Kontext-dev, 30 steps',
        paper: { seconds: 84.75 },
      },
    ],
  },
}
