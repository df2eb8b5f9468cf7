/** How much may be open or waiting at a time, so that nobody's work grows without bound. */

import { z } from 'zod'

const count = (standard: number) => z.coerce.number().int().positive().default(standard)

export const limitSettings = {
  /** Creates per minute where a key names no limit of its own. */
  RATE_PER_MINUTE: count(600),
  /** Edits that an account may have open: with live keys, and with test keys. */
  MAX_OPEN_EDITS: count(2000),
  MAX_OPEN_TEST_EDITS: count(100),
  /** Edits that may wait at a provider: live edits, and test edits. */
  MAX_QUEUE: count(10_000),
  MAX_TEST_QUEUE: count(1000),
  /** Uploads whose URL is still valid, and their bytes: of an account, and of a client token. */
  MAX_UPLOADS: count(5000),
  MAX_UPLOAD_BYTES: count(20_000_000_000),
  MAX_CLIENT_UPLOADS: count(30),
  MAX_CLIENT_UPLOAD_BYTES: count(300_000_000),
  /** Test events and messages sent again, per minute and account. */
  WEBHOOK_TESTS_PER_MINUTE: count(10),
  /** How long a request waits until there is memory for its photo. */
  MEMORY_WAIT_SECONDS: count(15),
}
