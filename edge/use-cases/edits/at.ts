/** Errors of a part of a request, with a pointer to that part. */

import { EditError } from '../../../shared/errors.ts'

/** Does something for a part of a request. @param pointer to it; empty for the request itself */
export async function at<T>(pointer: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EditError) || pointer === '') throw error
    throw error.within(pointer)
  }
}
