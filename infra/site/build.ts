/**
 * Writes what an edge serves for developers into dist/assets: the documents as Markdown and HTML, a
 * page for each error code, llms.txt and the HTTP collection. Run by infra/setup.mjs.
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorMarkdown, errorPages } from './errors.ts'
import { llmsText } from './llms.ts'
import { htmlPage, servedMarkdown } from './markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const assets = join(root, 'dist', 'assets')

const read = (file: string) => readFileSync(join(root, file), 'utf8')
function write(file: string, text: string): void {
  mkdirSync(dirname(join(assets, file)), { recursive: true })
  writeFileSync(join(assets, file), text)
}

const names = readdirSync(join(root, 'docs')).flatMap((file) =>
  file.endsWith('.md') ? [file.slice(0, -'.md'.length)] : [],
)
const texts = new Map(names.map((name) => [name, read(`docs/${name}.md`)]))
texts.set('changelog', read('CHANGELOG.md'))
const served = new Set(texts.keys())
const titleOf = (text: string) => /^# (.*)$/m.exec(text)?.[1] ?? ''

rmSync(join(assets, 'errors'), { recursive: true, force: true })
mkdirSync(join(assets, 'docs'), { recursive: true })
for (const file of readdirSync(join(assets, 'docs')))
  if (/\.(md|html)$/.test(file)) rmSync(join(assets, 'docs', file))
for (const [name, text] of texts) {
  const markdown = servedMarkdown(text, served)
  write(`docs/${name}.md`, markdown)
  write(`docs/${name}.html`, htmlPage(`${titleOf(text)} · ContextDrag`, markdown))
}
const errors = texts.get('errors') ?? ''
// In the table, too, each code leads to its page.
const linked = servedMarkdown(errors, served).replace(
  /^\| `([a-z_]+)` \|/gm,
  '| [`$1`](/errors/$1) |',
)
write('errors.md', linked)
write('errors.html', htmlPage('Errors · ContextDrag', linked))
for (const page of errorPages(errors)) {
  const markdown = servedMarkdown(errorMarkdown(page), served)
  write(`errors/${page.code}.md`, markdown)
  write(`errors/${page.code}.html`, htmlPage(`${page.code} · ContextDrag`, markdown))
}
write('llms.txt', llmsText(texts))
copyFileSync(join(root, 'docs', 'contextdrag.http'), join(assets, 'contextdrag.http'))
copyFileSync(join(root, 'infra', 'site', 'page.css'), join(assets, 'docs', 'page.css'))
