/** Origins in settings and requests. */

import { z } from 'zod'

/** An origin without a path. @param example for the message, such as `https://api.example` */
export function originSchema(example: string) {
  return z.url().refine((url) => URL.canParse(url) && new URL(url).origin === url, {
    message: `must be an origin, such as ${example}`,
  })
}
