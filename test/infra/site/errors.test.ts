import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorMarkdown, errorPages } from '../../../infra/site/errors.ts'
import { errorTable } from '../../../shared/errors.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

test('every error code is explained once, with the status and title of the table', () => {
  const pages = errorPages(page)
  expect(pages.map(({ code }) => code).sort()).toEqual(Object.keys(errorTable).sort())
  for (const { code, status, title, cause, remedy } of pages) {
    expect({ status, title }).toEqual(errorTable[code])
    expect(cause.length, code).toBeGreaterThan(15)
    expect(remedy.length, code).toBeGreaterThan(8)
  }
  const text = errorMarkdown(pages.find(({ code }) => code === 'gone') as (typeof pages)[number])
  expect(text).toContain('# `gone`\n\nThe edit was deleted (HTTP status 410).')
})

const row = (code: string) =>
  page.split('\n').find((line) => line.startsWith(`| \`${code}\``)) ?? ''
test.each([
  ['a code without a row', page.replace(row('gone'), ''), 'does not explain gone'],
  ['a row without a code', `${page}\n${row('gone').replace('gone', 'went')}`, 'went, which is no'],
  ['two rows', `${page}\n${row('gone')}`, 'gone twice'],
])('%s does not build', (_, text, why) => {
  expect(row('gone')).toContain('deleted')
  expect(() => errorPages(text)).toThrow(why)
})
