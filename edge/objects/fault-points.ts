/**
 * Named places where a process may die. In production they do nothing; tests end an object there
 * and look at what is left.
 */

export type FaultPoint =
  | 'account.accepted'
  | 'account.before-handover'
  | 'account.after-handover'
  | 'account.settled'
  | 'account.swept'
  | 'account.before-charge'
  | 'account.paid'
  | 'account.learned'
  | 'edit.created'
  | 'edit.before-slot'
  | 'edit.slot-granted'
  | 'edit.attempt-saved'
  | 'edit.submitted'
  | 'edit.event-taken'
  | 'edit.claimed'
  | 'edit.verified'
  | 'edit.ended'
  | 'edit.before-settle'
  | 'edit.after-settle'
  | 'edit.purged'
  | 'provider.requested'
  | 'provider.granted'
  | 'provider.released'

type Hook = (point: FaultPoint, ctx: DurableObjectState) => void

let hook: Hook | null = null

/** Passes a fault point. A test's hook may end the object here. */
export function faultPoint(point: FaultPoint, ctx: DurableObjectState): void {
  hook?.(point, ctx)
}

/** For tests: what happens at fault points from now on; null for nothing. */
export function setFaultHook(next: Hook | null): void {
  hook = next
}
