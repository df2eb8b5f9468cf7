/**
 * Calls a target of another object, such as `account.edits()`, and lets go of it. A stub that an object
 * keeps holds both objects in memory: requests drop theirs when they end, objects never do
 * (developers.cloudflare.com/workers/runtime-apis/rpc/lifecycle).
 */
export async function withTarget<Target, Result>(
  target: Target,
  call: (target: Target) => Promise<Result>,
): Promise<Result> {
  try {
    return await call(target)
  } finally {
    // Its type does not say so, but a call that is pipelined can be disposed like what it returns.
    const stub: Partial<Disposable> = target as Target & Partial<Disposable>
    stub[Symbol.dispose]?.()
  }
}
