/** How long data is kept is said in several places. They say the same. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  ARCHIVE_DAYS,
  BUCKET_DAYS,
  EVENTS_MS,
  FETCHED_MS,
  MOST_RESULT_URL_MS,
  NONE_MS,
  RESPONSES_MS,
  RESULT_URL_MS,
  RETENTION_DAYS,
  RETENTION_RANGE,
  retentionMs,
  UPLOAD_MS,
  UPLOAD_URL_MS,
} from '../../edge/settings/retention.ts'
import { readSettings } from '../../edge/settings/settings.ts'
import { archiveKey, inputKey, resultKey, uploadKey } from '../../edge/storage/blob-urls.ts'

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const [forget] = JSON.parse(read('infra/bucket/lifecycle.json')).rules
const hours = (ms: number) => ms / 3600_000
const DAY_SECONDS = 86_400

test("the bucket's rule deletes what lies in the accounts' folders, after the edge would have", () => {
  expect(forget.enabled).toBe(true)
  for (const key of [inputKey('a'), uploadKey('a', 'upl_1'), resultKey('a', 'edit_1', 1, 'png')])
    expect(key.startsWith(forget.conditions.prefix)).toBe(true)
  // What is kept for good.
  expect(archiveKey('a', 1).startsWith(forget.conditions.prefix)).toBe(false)
  expect(ARCHIVE_DAYS).toBeGreaterThan(RETENTION_RANGE.most)
  expect(forget.deleteObjectsTransition.condition).toEqual({
    type: 'Age',
    maxAge: BUCKET_DAYS * DAY_SECONDS,
  })
  expect(BUCKET_DAYS).toBeGreaterThan(RETENTION_RANGE.most)
})

test('the bucket does not delete what is still needed, whatever RETENTION_DAYS is set to', () => {
  const least = {
    ENVIRONMENT: 'dev',
    PUBLIC_ORIGIN: 'https://api.shop.com',
    CALLBACK_ORIGIN: 'https://api.shop.com',
    PROVIDERS: '[{"kind":"http","name":"a","url":"https://w.shop.com","models":["embedded"]}]',
    OPERATOR_TOKEN: 'x'.repeat(16),
    KEY_PEPPERS: `1:${'x'.repeat(16)}`,
    BLOB_SECRET: 'x'.repeat(16),
    SEALING_SECRET: 'x'.repeat(16),
    RUN_SIGNING_KEY: 'A'.repeat(64),
    DISPATCH_SECONDS: '60',
    RUN_SECONDS: '60',
    POLL_SECONDS: '5',
  }
  expect(readSettings(least).RETENTION_DAYS).toBe(RETENTION_DAYS)
  for (const days of ['3', '32', 'soon'])
    expect(() => readSettings({ ...least, RETENTION_DAYS: days })).toThrow('RETENTION_DAYS')
  expect(readSettings({ ...least, RETENTION_DAYS: '31' }).RETENTION_DAYS).toBe(31)
})

test('the documents say what is configured', () => {
  const { least, most } = RETENTION_RANGE
  const kept = read('docs/operating.md').split('## What is kept')[1]?.split('\n## ')[0] ?? ''
  const line = (what: string) =>
    kept.split('\n').find((row) => row.startsWith(`| ${what}`)) ?? `no line for ${what}`
  expect(line('Photo, result')).toContain(`(${RETENTION_DAYS} days)`)
  expect(line('All of an edit with')).toContain(
    `${FETCHED_MS / 60_000} minute after its result was sent, at most ${hours(NONE_MS)} hour after`,
  )
  expect([FETCHED_MS, NONE_MS, RESULT_URL_MS].map(hours)).toEqual([1 / 60, 1, 1])
  const page =
    read('docs/api.md').split('### How long an edit is kept')[1]?.split('\n### ')[0] ?? ''
  expect(page).toContain(`${RETENTION_DAYS} days by default`)
  expect(page).toContain('a minute after its result was sent')
  expect(page).toContain('at the latest an hour after its end')
  expect(page).toContain('The signed URL of a result is valid for an hour')
  expect(page).toContain('valid for up to seven days')
  expect(hours(MOST_RESULT_URL_MS)).toBe(7 * 24)
  expect(line('Other events')).toContain(`| ${hours(EVENTS_MS)} hour after`)
  expect(line('An upload')).toContain(
    `| ${hours(UPLOAD_MS)} hours after its URL expired (${hours(UPLOAD_URL_MS)} hour after`,
  )
  expect(line('Stored responses')).toContain(`| ${hours(RESPONSES_MS)} hours |`)
  expect(line("The edit's entry")).toContain(`older than ${ARCHIVE_DAYS} days`)
  expect(line('Everything in')).toContain(`| ${BUCKET_DAYS} days, by the bucket's lifecycle rule`)
  expect(read('docs/configuration.md')).toContain(
    `| \`RETENTION_DAYS\` | \`${RETENTION_DAYS}\` | An edit's photo, result, prompt and events are deleted this many days after it ended: ${least} to ${most}, since the bucket deletes after ${BUCKET_DAYS}.`,
  )
  expect(read('docs/deploying.md')).toContain(
    `the edge deletes after ${RETENTION_DAYS} days, the bucket after ${BUCKET_DAYS}.`,
  )
  expect(read('docs/api.md')).toContain(
    `valid for an hour. Edits can use the upload for ${hours(UPLOAD_MS)} hours more`,
  )
})

test('what callers ask for is counted in hours and days', () => {
  expect(retentionMs('none')).toBe(NONE_MS)
  expect(['1h', '36h', '2d'].map(retentionMs).map(hours)).toEqual([1, 36, 48])
})

test('no other number of days or hours for these is written in the code', () => {
  for (const file of ['account/uploads', 'account/idempotency', 'edit/ending', 'edit/events'])
    expect(read(`edge/objects/${file}.ts`)).not.toMatch(/86_400|3600_000|\ba day\b/)
})
