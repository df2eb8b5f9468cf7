/** A JSON file of a checkpoint, such as config.json. */

import { readFile } from 'node:fs/promises'
import { unreadable, unusable } from './unusable.ts'

/** Reads a JSON file. @throws EditError `model_unavailable` if it is missing or is not JSON */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw unreadable(path, cause)
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unusable(path, `is not JSON (${(cause as Error).message})`)
  }
}
