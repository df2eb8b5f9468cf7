/** What this process holds. */

import { readFile } from 'node:fs/promises'

/** Resident memory of this process, in MB: its own, and what is mapped from files. */
export async function memory(): Promise<{ anonymous: number; file: number }> {
  const status = await readFile('/proc/self/status', 'utf8')
  const field = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1000)
  return { anonymous: field('RssAnon'), file: field('RssFile') }
}
