/**
 * The numbers of ContextDrag's paper (arXiv 2512.08477v2), as printed, and which columns of ours are the
 * same measurement. Nothing else may stand beside them.
 */

/**
 * The paper's metrics, and our columns that measure the same with the same weights. CP and PF depend on
 * the judge as well; the report says so.
 */
export const publishedColumns = {
  MD: 'md-dragdiffusion.px',
  IF: 'if.whole',
  CP: 'judge.cp',
  PF: 'judge.pf',
  CP·PF: 'judge.cp-pf',
} as const

export type PaperMetric = keyof typeof publishedColumns

/** A table over one benchmark, of so many cases. */
export type PaperTable = {
  readonly title: string
  /** Ours, whose cases it is over. */
  readonly benchmarks: readonly string[]
  readonly cases: number
  /** Values of MD, IF, CP, PF and CP·PF. */
  readonly rows: readonly (readonly [name: string, ...values: number[]])[]
}

/** The paper edits with the annotation of Inpaint4Drag. */
const SR = { benchmarks: ['dragbench-sr-i4p', 'dragbench-sr', 'sde-drag'], cases: 100 }
const DR = { benchmarks: ['dragbench-dr-i4p', 'dragbench-dr'], cases: 205 }

export const paperTables: readonly PaperTable[] = [
  {
    title: 'Table I, DragBench-SR',
    ...SR,
    rows: [
      ['SDE-Drag', 43.7, 0.88, 0.905, 0.715, 0.6471],
      ['DragDiffusion', 32.9, 0.81, 0.9375, 0.67, 0.6281],
      ['DragLoRA', 22, 0.79, 0.9025, 0.7675, 0.6927],
      ['GoodDrag', 21.9, 0.82, 0.94, 0.73, 0.6862],
      ['DiffEditor', 25.77, 0.81, 0.815, 0.7725, 0.6296],
      ['FastDrag', 25.26, 0.78, 0.945, 0.7325, 0.6922],
      ['Inpaint4Drag', 20.57, 0.88, 0.85, 0.8, 0.68],
      ['ContextDrag', 19.07, 0.88, 0.9225, 0.82, 0.7565],
    ],
  },
  {
    title: 'Table I, DragBench-DR',
    ...DR,
    rows: [
      ['SDE-Drag', 49.74, 0.91, 0.8426, 0.7622, 0.6422],
      ['DragDiffusion', 35.38, 0.88, 0.9305, 0.7829, 0.7285],
      ['DragLoRA', 26.59, 0.87, 0.9012, 0.822, 0.7408],
      ['GoodDrag', 24.37, 0.87, 0.9293, 0.8085, 0.7513],
      ['DiffEditor', 25.85, 0.89, 0.8427, 0.8195, 0.6906],
      ['FastDrag', 31.63, 0.86, 0.9317, 0.7988, 0.7442],
      ['Inpaint4Drag', 22.69, 0.91, 0.7829, 0.8122, 0.6359],
      ['ContextDrag', 21.66, 0.91, 0.905, 0.8378, 0.7582],
    ],
  },
  {
    title: 'Table II, backbones on DragBench-SR',
    ...SR,
    rows: [
      ['FLUX.2-klein-4B, 4 steps', 21.74, 0.87, 0.895, 0.8075, 0.7227],
      ['FLUX.2-klein-base-4B, 30 steps', 21.99, 0.88, 0.9025, 0.815, 0.7355],
      ['FLUX.2-klein-9B, 4 steps', 21.22, 0.87, 0.915, 0.81, 0.7412],
      ['FLUX.2-klein-base-9B, 30 steps', 20.09, 0.88, 0.925, 0.815, 0.7539],
      ['LongCat-Image-Edit, 30 steps', 20.27, 0.87, 0.9225, 0.8125, 0.7495],
      ['FLUX.1-Kontext-dev, 30 steps', 19.07, 0.88, 0.9225, 0.82, 0.7565],
    ],
  },
  {
    title: 'Table IV, correspondence strategies on DragBench-SR',
    ...SR,
    rows: [
      ['Forward + source anchors (strategy=forward-source)', 20.04, 0.86, 0.8325, 0.805, 0.6702],
      [
        'Reverse + inferred vectors (strategy=reverse-inferred)',
        22.3,
        0.88,
        0.9125,
        0.8025,
        0.7322,
      ],
      ['Reverse + user vectors (strategy=reverse-user)', 19.07, 0.88, 0.9225, 0.82, 0.7565],
    ],
  },
  {
    title: 'Table V, ablation on DragBench-SR',
    ...SR,
    rows: [
      ['Baseline (pre=false oam=false)', 26.84, 0.87, 0.8825, 0.7775, 0.6861],
      ['with PRE (pre=true oam=false)', 18.77, 0.84, 0.875, 0.8125, 0.7109],
      ['with OAM (pre=false oam=true)', 22.83, 0.88, 0.915, 0.795, 0.7274],
      ['with PRE and OAM', 19.07, 0.88, 0.9225, 0.82, 0.7565],
    ],
  },
  {
    title: 'Table VI, editing strategies on DragBench-SR',
    ...SR,
    rows: [
      ['Inpaint4Drag + FLUX-Fill (bidirectional-warp-flux)', 21.71, 0.87, 0.8575, 0.8075, 0.6924],
      ['Inversion (inversion:flux1-kontext-dev)', 20.33, 0.81, 0.785, 0.816, 0.6406],
      ['VAE encoding', 19.07, 0.88, 0.9225, 0.82, 0.7565],
    ],
  },
  {
    title: 'Table VII, lambda on DragBench-SR',
    ...SR,
    rows: [
      ['lambda=0.1', 60.99, 0.9, 0.9, 0.7425, 0.6683],
      ['lambda=0.3', 27.37, 0.88, 0.9425, 0.76, 0.7163],
      ['lambda=0.4', 20.59, 0.88, 0.94, 0.7975, 0.7497],
      ['lambda=0.5', 19.07, 0.88, 0.9225, 0.82, 0.7565],
      ['lambda=0.6', 18.81, 0.87, 0.9125, 0.815, 0.7436],
      ['lambda=0.7', 18.44, 0.87, 0.9125, 0.7925, 0.7232],
      ['lambda=0.9', 19.51, 0.87, 0.865, 0.7875, 0.6811],
    ],
  },
]

/** Table VIII: seconds for a photo of 1024 x 1024 on an NVIDIA A6000, optimisation included. */
export const paperTimes: readonly (readonly [name: string, seconds: number])[] = [
  ['SDE-Drag', 918.87],
  ['DragDiffusion', 386.82],
  ['DragLoRA', 597.87],
  ['GoodDrag', 681.83],
  ['DiffEditor', 37.45],
  ['FastDrag', 8.08],
  ['Inpaint4Drag', 0.4],
  ['ContextDrag, FLUX.2-klein-4B, 4 steps', 4.28],
  ['ContextDrag, FLUX.1-Kontext-dev, 30 steps', 84.75],
]
