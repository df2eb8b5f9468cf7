/** Origins, as configuration and requests name them. */

import { z } from 'zod'

/** An origin, and nothing after it. @param example for the message, such as `https://api.example` */
export function originSchema(example: string) {
  return z.url().refine((url) => URL.canParse(url) && new URL(url).origin === url, {
    message: `must be an origin, such as ${example}`,
  })
}
