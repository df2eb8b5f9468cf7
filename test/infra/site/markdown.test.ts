import { expect, test } from 'vitest'
import { htmlPage, servedMarkdown } from '../../../infra/site/markdown.ts'

test('links lead to pages that are served; links to other files and pictures become words', () => {
  const text =
    '[api](api.md#errors) [log](docs/api.md) [code](../shared/errors.ts) [w](https://x.example/a.md) ![a cat](cat.png) [none](none.md)'
  expect(servedMarkdown(text, new Set(['api']))).toBe(
    '[api](/docs/api.md#errors) [log](/docs/api.md) code [w](https://x.example/a.md) a cat none',
  )
})

test('a page in HTML has anchors as GitHub, links to HTML, and no HTML of its text', () => {
  const html = htmlPage(
    'A <b>',
    '## Keys & money\n\n[a](/docs/api.md#x)\n\n<script>1</script> b<i>c\n',
  )
  expect(html).toContain('<title>A &lt;b></title>')
  expect(html).toContain('<h2 id="keys--money">Keys &amp; money</h2>')
  expect(html).toContain('<a href="/docs/api#x">a</a>')
  expect(html).not.toMatch(/<script|<i>/)
})
