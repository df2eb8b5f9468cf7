/**
 * The memory of this isolate. It has 128 MB for code, objects and garbage too, so what requests hold is
 * divided into budgets, which are small enough together. A request that needs several takes them
 * in the order below, so that no two requests wait for each other.
 */

import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { MemoryBudget, type Share } from './budget.ts'

/** Bodies up to this size have a budget of their own: photos never keep a worker's events waiting. */
const SMALL_BYTES = 100_000

export type Budgets = {
  /** Request bodies: one in JSON is decoded in its own place. */
  readonly small: MemoryBudget
  readonly bodies: MemoryBudget
  /** Bodies of those who have shown no credential: they keep nobody waiting who has. */
  readonly strangers: MemoryBudget
  /** Photos that are read from the bucket or from a URL. */
  readonly photos: MemoryBudget
  /** Masks that are inflated. */
  readonly masks: MemoryBudget
}

/** Budgets in which a request waits for so long. */
export function newBudgets(waitSeconds: number): Budgets {
  const budget = (bytes: number) => new MemoryBudget(bytes, 1000 * waitSeconds)
  return {
    small: budget(4_000_000),
    bodies: budget(30_000_000),
    strangers: budget(3_000_000),
    photos: budget(2 * MAX_IMAGE_BYTES),
    masks: budget(16_000_000),
  }
}

let ours: Budgets | null = null

/** The budgets of this isolate, made once. */
export function budgetsOf(settings: { readonly MEMORY_WAIT_SECONDS: number }): Budgets {
  ours ??= newBudgets(settings.MEMORY_WAIT_SECONDS)
  return ours
}

/** Whose body it is. A stranger is known by nothing but their network. */
export type BodyOwner =
  | { readonly account: string }
  | { readonly use: string; readonly network: string }

/** A share for a request body. */
export function takeForBody(
  { small, bodies, strangers }: Budgets,
  owner: BodyOwner,
  bytes: number,
): Promise<Share> {
  if ('network' in owner) return strangers.take(`${owner.use} ${owner.network}`, bytes)
  return (bytes <= SMALL_BYTES ? small : bodies).take(owner.account, bytes)
}
