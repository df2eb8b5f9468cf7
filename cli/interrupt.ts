/** Ctrl-C in a command that computes for long and keeps what is done. */

/** The exit code of a process that SIGINT ended. */
export const INTERRUPTED = 130

/** The command was stopped; its message says how to continue. */
export class Interrupted extends Error {}

/**
 * Runs `work` with a signal that the first Ctrl-C aborts. The second one ends the process.
 *
 * @param message what {@link Interrupted} says
 */
export async function interruptible<T>(
  message: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  const stop = () => {
    process.stderr.write('\nstopping; press Ctrl-C again to end at once\n')
    abort.abort(new Interrupted(message))
  }
  process.once('SIGINT', stop)
  try {
    return await work(abort.signal)
  } finally {
    process.off('SIGINT', stop)
  }
}
