/**
 * README and documents against the repository: links, settings, options, errors and vocabulary. What
 * a page says of the code is compared with the code, in both directions where that is possible.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const pages = tracked.filter((file) =>
  /^(README\.md|CONTRIBUTING\.md|CHANGELOG\.md|docs\/.*\.md)$/.test(file),
)
/** Written by generators. */
const GENERATED = /^clients?\/(?:.*\/)?contract\.\w+$/i
const sources = tracked.filter(
  (file) => /\.(tsx?|mjs|py|kt|java|swift|toml)$|Dockerfile$/.test(file) && !GENERATED.test(file),
)
const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found as string)
const sorted = (words: Iterable<string>) => [...new Set(words)].sort()

/** A page without its blocks of code. */
const proseOf = (page: string) =>
  read(page)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^ {4}.*$/gm, '')
/** Inline code of a text. */
const codeIn = (text: string) => matches(text, /`([^`\n]+)`/g)

/** Rows of the tables in a text, as cells; the heading's and the rule's left out. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n')
  const isRule = (line: string | undefined) => /^\|[-|: ]+\|$/.test(line ?? '')
  return lines
    .filter((line, i) => line.startsWith('|') && !isRule(line) && !isRule(lines[i + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

/** The part of a page under one heading, the headings below it included. */
function sectionOf(page: string, heading: string): string {
  const lines = read(page).split('\n')
  const start = lines.indexOf(heading)
  expect(start, `${page} has no ${heading}`).toBeGreaterThan(-1)
  const level = heading.indexOf(' ')
  const isNext = (line: string) => /^#+ /.test(line) && line.indexOf(' ') <= level
  const end = lines.findIndex((line, i) => i > start && isNext(line))
  return lines.slice(start, end === -1 ? undefined : end).join('\n')
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return matches(read(page).replace(/^```[\s\S]*?^```/gm, ''), /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(pages)('%s', (page) => {
  test('links to files and headings that exist', () => {
    const targets = matches(proseOf(page), /\]\(([^)\s]+)\)/g)
    const broken = targets.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : normalize(join(dirname(page), path))
      const isFolder = file.endsWith('/') && tracked.some((one) => one.startsWith(file))
      if (!tracked.includes(file) && !isFolder) return true
      return anchor !== undefined && !anchorsOf(file).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  test('names files and folders that exist', () => {
    const paths = codeIn(proseOf(page)).filter((text) =>
      /^(shared|edge|gpu-worker|cli|clients?|infra|test|samples|docs)\/[\w./-]+$/.test(text),
    )
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = matches(read(page), /npm run (?:--silent )?([\w:-]+)/g)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

test('the README fits on a screen or two', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(8000)
})

test('the README leads to every page', () => {
  const linked = matches(read('README.md'), /\]\(([^)#\s]+)/g)
  expect(pages.filter((page) => page !== 'README.md' && !linked.includes(page))).toEqual([])
})

describe('docs/configuration.md', () => {
  const page = 'docs/configuration.md'
  /** Settings are the names in capitals in the first column. */
  const documented = sorted(
    rowsOf(read(page)).flatMap(([name = '']) =>
      codeIn(name).filter((text) => /^[A-Z][A-Z0-9_]+(<NAME>)?$/.test(text)),
    ),
  )
  const schemas = tracked.filter(
    (file) => file.startsWith('edge/settings/') || file === 'gpu-worker/config.ts',
  )
  /** Fields of the schemas. */
  const settings = schemas.flatMap((file) => matches(read(file), /^ {2,}([A-Z][A-Z0-9_]{2,}):/gm))
  const bindings = matches(read('edge/bindings.ts'), /readonly ([A-Z][A-Z_]+)\??:/g)

  test('has every setting and binding', () => {
    expect(settings.length).toBeGreaterThan(40)
    expect(bindings.length).toBeGreaterThan(5)
    const missing = [...settings, ...bindings].filter((name) => !documented.includes(name))
    expect(sorted(missing)).toEqual([])
  })

  test('has no setting that the code does not read', () => {
    const text = sources
      .filter((file) => !file.startsWith('test/docs'))
      .map(read)
      .join('\n')
    const words = new Set(text.match(/\b[A-Z][A-Z0-9_]+\b/g))
    const unknown = documented
      .map((name) => name.replace('<NAME>', ''))
      .filter((name) => !(name.endsWith('_') ? text.includes(name) : words.has(name)))
    expect(unknown).toEqual([])
  })
})

describe('against openapi.json', () => {
  const { paths, components } = JSON.parse(read('openapi.json'))
  const api = read('docs/api.md')

  test('the API page has every route, and no other', () => {
    const routes = rowsOf(sectionOf('docs/api.md', '## Routes')).flatMap(([route = '']) =>
      codeIn(route),
    )
    const announced = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(sorted(routes)).toEqual(sorted(announced))
  })

  test('it has every error code, under its status', () => {
    const listed = rowsOf(sectionOf('docs/api.md', '## Errors')).flatMap(
      ([status = '', codes = '']) => codeIn(codes).map((code) => `${status.slice(0, 3)} ${code}`),
    )
    const codes = [...components.schemas.Problem.properties.code.enum]
    expect(sorted(listed.map((one) => one.slice(4)))).toEqual(sorted(codes))
    const table = read('shared/errors.ts')
    const statusOf = (code: string) =>
      new RegExp(`^ {2}${code}: \\{\\s*status: (\\d+)`, 'm').exec(table)?.[1]
    expect(listed.filter((one) => one !== `${statusOf(one.slice(4))} ${one.slice(4)}`)).toEqual([])
  })

  test('the method lists every warning, and no others', () => {
    const listed = rowsOf(sectionOf('docs/method.md', '## Warnings')).map(([code = '']) => code)
    const codes = components.schemas.Warning.properties.code.enum as string[]
    expect(listed.map((code) => codeIn(code)[0]).sort()).toEqual([...codes].sort())
  })

  test('it has every state of an edit and every webhook event', () => {
    const { status } = components.schemas.Edit.properties
    const events = components.schemas.WebhookMessage.oneOf.flatMap(
      ({ properties: { type } }: { properties: { type: { enum?: string[]; const?: string } } }) =>
        type.enum ?? [type.const as string],
    )
    expect(events).toContain('edit.succeeded')
    expect(events).toContain('test')
    const words = codeIn(api)
    const missing = [...status.enum, ...events].filter((word) => !words.includes(word))
    expect(missing).toEqual([])
  })

  test('every option of an edit is explained once, with its default', () => {
    const { properties } = components.schemas.CreateEdit as {
      properties: Record<string, { default?: unknown; enum?: string[] }>
    }
    // Their defaults stand in the second column of one table, in the third of the other.
    const options = [
      ...rowsOf(sectionOf('docs/api.md', '## Creating an edit')).map((cells) => [
        cells[0],
        cells[1],
      ]),
      ...rowsOf(sectionOf('docs/method.md', '## The switches')).map((cells) => [
        cells[0],
        cells[2],
      ]),
    ].map(([name = '', standard]) => ({ name: codeIn(name)[0], standard }))
    expect(options.map(({ name }) => name).sort()).toEqual(Object.keys(properties).sort())

    const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
    const wrong = options.filter(({ name, standard }) => {
      const value = properties[name ?? '']?.default
      if (value === undefined) return false
      const text = value === '' ? 'empty' : shown(value)
      return standard !== text && standard !== `\`${text}\``
    })
    expect(wrong).toEqual([])
    const words = codeIn(`${api}${read('docs/method.md')}`)
    const values = Object.values(properties).flatMap((property) => property.enum ?? [])
    expect(values.filter((value) => !words.includes(value))).toEqual([])
  })
})

test('docs/command-line.md has every option and every command, and no other option', () => {
  const page = read('docs/command-line.md')
  const code = tracked
    .filter((file) => file.startsWith('cli/'))
    .map(read)
    .join('\n')
  const options = sorted(matches(code, /'(--[a-z][a-z-]*)[ ']/g))
  expect(options.length).toBeGreaterThan(30)
  const documented = sorted(rowsOf(page).flatMap(([name = '']) => matches(name, /(--[a-z-]+)/g)))
  expect(documented).toEqual(options)
  const commands = matches(code, /\.command\('([a-z-]+)'\)/g)
  expect(commands.length).toBeGreaterThan(10)
  expect(commands.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})

describe('docs/glossary.md', () => {
  const words = rowsOf(sectionOf('docs/glossary.md', '## Words that a test looks for')).map(
    ([not = '', but = '', scope = '']) => ({ not, but, scope }),
  )
  /** The page that lists the words, and the tests that need wrong ones. */
  const speaks = (file: string) => file !== 'docs/glossary.md' && file !== 'test/docs.test.ts'
  const occurrences = (word: string, files: readonly string[]) => {
    const pattern = new RegExp(`\\b${word.replaceAll(' ', '\\s+')}\\b`, 'i')
    return files.filter((file) => speaks(file) && pattern.test(read(file)))
  }

  test('has words to look for, each with a better one', () => {
    expect(words.length).toBeGreaterThan(10)
    expect(words.filter(({ but }) => but === '')).toEqual([])
    expect(sorted(words.map(({ scope }) => scope))).toEqual(['documents', 'everywhere'])
  })

  test.each(words)('no text says "$not" instead of "$but"', ({ not, scope }) => {
    const files = scope === 'documents' ? pages : [...pages, ...sources]
    expect(occurrences(not, files)).toEqual([])
  })

  test('no word is defined twice, and none is both a word and one to avoid in the same table', () => {
    const tables = read('docs/glossary.md').split(/^## /m).slice(1, -1)
    const defined = tables.flatMap((table) =>
      rowsOf(table).map(([word = '']) => `${table.split('\n')[0]}: ${word}`),
    )
    expect(defined.length).toBeGreaterThan(50)
    expect(defined.length).toBe(new Set(defined).size)
    const clashes = tables.flatMap((table) => {
      const rows = rowsOf(table)
      const avoided = rows.flatMap(([, , avoid = '']) => avoid.split(/, /))
      return rows.map(([word = '']) => word).filter((word) => avoided.includes(word))
    })
    expect(clashes).toEqual([])
  })
})
