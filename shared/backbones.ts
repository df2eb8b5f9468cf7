/**
 * The transformers that edit photos: working size, token pitch, steps and price of each. Together with
 * `instant` they are the models of models.ts. Knows nothing of weights.
 */

import type { Size } from './drag.ts'

/**
 * A price in micro-units of the operator's currency: per edit, and per step and million pixels of the
 * largest working size.
 */
export type StepRate = { readonly base: number; readonly perStepMegapixel: number }

/** A backbone as the edge and the page see it. The worker's side is gpu-worker/backbones. */
export type Backbone = {
  /** Shown where people choose a backbone. */
  readonly title: string
  /** Pixels of the working size per token and side. */
  readonly pitch: number
  readonly workingSize: (image: Size) => Size
  /** Longest side by shortest side that the working sizes can do justice to. */
  readonly maxAspect: number
  /** Tokens of the largest working size. */
  readonly maxTokens: number
  /** Channels of the transformer. */
  readonly channels: number
  /** Denoising steps: the default, and the most a request may ask for. */
  readonly steps: { readonly default: number; readonly max: number }
  /** Default guidance; null if the backbone has no guidance. */
  readonly guidance: number | null
  /** Default true guidance: 1 without it, which is one pass a step. */
  readonly trueGuidance: number
  /** Default price (price.ts). */
  readonly rate: StepRate
  /** Where the weights come from and their licence; null if the worker computes them. */
  readonly weights: {
    readonly repo: string
    readonly licence: string
    readonly licenceUrl: string
  } | null
}

/**
 * FLUX.1-Kontext's trained sizes (diffusers pipeline_flux_kontext.py,
 * PREFERRED_KONTEXT_RESOLUTIONS), width x height.
 */
const KONTEXT_SIZES = [
  [672, 1568],
  [688, 1504],
  [720, 1456],
  [752, 1392],
  [800, 1328],
  [832, 1248],
  [880, 1184],
  [944, 1104],
  [1024, 1024],
  [1104, 944],
  [1184, 880],
  [1248, 832],
  [1328, 800],
  [1392, 752],
  [1456, 720],
  [1504, 688],
  [1568, 672],
] as const

/** The trained size of the nearest aspect ratio, the first on a tie. */
function kontextSize(image: Size): Size {
  const aspect = image.width / image.height
  let best: Size = { width: 0, height: 0 }
  let smallest = Number.POSITIVE_INFINITY
  for (const [width, height] of KONTEXT_SIZES) {
    const difference = Math.abs(aspect - width / height)
    if (difference < smallest) {
      smallest = difference
      best = { width, height }
    }
  }
  return best
}

/**
 * At most 1024 x 1024 pixels in area, never enlarged; each side is a multiple of 16 and at least 64
 * (diffusers pipeline_flux2_klein.py).
 */
function kleinSize(image: Size): Size {
  const scale = Math.min(1, Math.sqrt(1024 ** 2 / (image.width * image.height)))
  const side = (length: number) => Math.max(64, 16 * Math.floor((length * scale) / 16))
  return { width: side(image.width), height: side(image.height) }
}

/** What the four FLUX.2-klein have in common. */
const klein = {
  pitch: 16,
  workingSize: kleinSize,
  maxAspect: 8,
  maxTokens: 4096,
  guidance: null,
} as const
const APACHE = {
  licence: 'Apache-2.0',
  licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0',
} as const
const FLUX_NON_COMMERCIAL = {
  licence: 'FLUX Non-Commercial License',
  licenceUrl: 'https://huggingface.co/black-forest-labs/FLUX.2-klein-9B/blob/main/LICENSE.md',
} as const

/**
 * 1024 x 1024 pixels in area, also where the photo is smaller; each side is rounded up to a multiple of
 * 16 (diffusers pipeline_longcat_image_edit.py, calculate_dimensions).
 */
function longcatSize(image: Size): Size {
  const width = Math.sqrt(1024 ** 2 * (image.width / image.height))
  const side = (length: number) => 16 * Math.ceil(length / 16)
  return { width: side(width), height: side(width / (image.width / image.height)) }
}

/** What the two LongCat-Image-Edit have in common. */
const longcat = {
  pitch: 16,
  workingSize: longcatSize,
  maxAspect: 8,
  maxTokens: 4300,
  channels: 3072,
  guidance: null,
  rate: { base: 2_000, perStepMegapixel: 700 },
} as const

/**
 * At most 512 x 512 pixels in area, never enlarged; each side is a multiple of the pitch and at
 * least 64.
 */
function embeddedSize(pitch: number) {
  return (image: Size): Size => {
    const scale = Math.min(1, Math.sqrt(262144 / (image.width * image.height)))
    const side = (length: number) =>
      Math.max(64, pitch * Math.floor((length * scale) / pitch + 0.5))
    return { width: side(image.width), height: side(image.height) }
  }
}

/** Every backbone, by the name a request uses. */
export const backbones = {
  embedded: {
    title: 'embedded: demo, fine tokens',
    pitch: 8,
    workingSize: embeddedSize(8),
    maxAspect: 16,
    maxTokens: 4096,
    channels: 144,
    steps: { default: 2, max: 50 },
    guidance: null,
    trueGuidance: 1,
    rate: { base: 200, perStepMegapixel: 400 },
    weights: null,
  },
  'embedded-fast': {
    title: 'embedded-fast: demo, coarse tokens',
    pitch: 16,
    workingSize: embeddedSize(16),
    maxAspect: 16,
    maxTokens: 1024,
    channels: 528,
    steps: { default: 2, max: 50 },
    guidance: null,
    trueGuidance: 1,
    rate: { base: 100, perStepMegapixel: 200 },
    weights: null,
  },
  'flux1-kontext-dev': {
    title: 'FLUX.1-Kontext-dev',
    pitch: 16,
    workingSize: kontextSize,
    // Half as much again as the longest trained size: beyond, the photo would be squeezed visibly.
    maxAspect: 3.5,
    maxTokens: 4150,
    channels: 3072,
    steps: { default: 30, max: 50 },
    guidance: 3,
    trueGuidance: 1,
    rate: { base: 4_000, perStepMegapixel: 1_200 },
    weights: {
      repo: 'black-forest-labs/FLUX.1-Kontext-dev',
      licence: 'FLUX.1 [dev] Non-Commercial License',
      licenceUrl:
        'https://huggingface.co/black-forest-labs/FLUX.1-Kontext-dev/blob/main/LICENSE.md',
    },
  },
  'flux2-klein-4b': {
    ...klein,
    title: 'FLUX.2-klein-4B',
    channels: 3072,
    steps: { default: 4, max: 50 },
    trueGuidance: 1,
    rate: { base: 1_000, perStepMegapixel: 560 },
    weights: { repo: 'black-forest-labs/FLUX.2-klein-4B', ...APACHE },
  },
  'flux2-klein-base-4b': {
    ...klein,
    title: 'FLUX.2-klein-base-4B',
    channels: 3072,
    steps: { default: 50, max: 50 },
    trueGuidance: 4,
    rate: { base: 1_000, perStepMegapixel: 560 },
    weights: { repo: 'black-forest-labs/FLUX.2-klein-base-4B', ...APACHE },
  },
  'flux2-klein-9b': {
    ...klein,
    title: 'FLUX.2-klein-9B',
    channels: 4096,
    steps: { default: 4, max: 50 },
    trueGuidance: 1,
    rate: { base: 2_000, perStepMegapixel: 1_170 },
    weights: { repo: 'black-forest-labs/FLUX.2-klein-9B', ...FLUX_NON_COMMERCIAL },
  },
  'flux2-klein-base-9b': {
    ...klein,
    title: 'FLUX.2-klein-base-9B',
    channels: 4096,
    steps: { default: 50, max: 50 },
    trueGuidance: 4,
    rate: { base: 2_000, perStepMegapixel: 1_170 },
    weights: { repo: 'black-forest-labs/FLUX.2-klein-base-9B', ...FLUX_NON_COMMERCIAL },
  },
  'longcat-image-edit': {
    ...longcat,
    title: 'LongCat-Image-Edit',
    steps: { default: 50, max: 50 },
    trueGuidance: 4.5,
    weights: { repo: 'meituan-longcat/LongCat-Image-Edit', ...APACHE },
  },
  'longcat-image-edit-turbo': {
    ...longcat,
    title: 'LongCat-Image-Edit-Turbo',
    steps: { default: 8, max: 50 },
    trueGuidance: 1,
    weights: { repo: 'meituan-longcat/LongCat-Image-Edit-Turbo', ...APACHE },
  },
} as const satisfies Record<string, Backbone>

/** A name of {@link backbones}. */
export type BackboneName = keyof typeof backbones

export const backboneNames = Object.keys(backbones) as readonly BackboneName[]

/** The command line's default backbone for plans and checkpoints. */
export const fullSizeBackbone: BackboneName = 'flux1-kontext-dev'

/**
 * The work of a pass of the transformer, as a part of the work at the largest working size. A token
 * costs 12 c c multiplications in the linear layers (QKV, output, an MLP of four times the width)
 * and 2 n c in attention, where n counts target and reference tokens: attention grows with the
 * square of the tokens.
 */
export function passWork(name: BackboneName, tokens: number): number {
  const { channels, maxTokens }: Backbone = backbones[name]
  const work = (count: number) => count * (12 * channels ** 2 + 2 * (2 * count) * channels)
  return work(tokens) / work(maxTokens)
}
