/** Markdown pages of the repository as an edge serves them: as Markdown, and as HTML. */

import { Marked, type Tokens } from 'marked'

/**
 * A page with the links that work where an edge serves it, from below `/docs/`.
 *
 * @param pages names of the pages that are served, such as `api`
 */
export function servedMarkdown(text: string, pages: ReadonlySet<string>): string {
  return text.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, words, target: string) => {
    if (image === '!') return words
    if (/^(https?:|\/|#)/.test(target)) return whole
    const [, name = '', anchor = ''] = /^(?:docs\/)?([\w-]+)\.md(#[\w-]*)?$/.exec(target) ?? []
    // Files of the repository are not served.
    return pages.has(name) ? `[${words}](/docs/${name}.md${anchor})` : words
  })
}

/** An HTML page without scripts. Links to Markdown pages lead to those in HTML. */
export function htmlPage(title: string, markdown: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      // What the pages do not have, and what must not get into them.
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    },
    walkTokens(token) {
      if (token.type === 'link')
        token.href = token.href.replace(/^\/docs\/([\w-]+)\.md/, '/docs/$1')
    },
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<nav><a href="/">ContextDrag</a> · <a href="/docs">Reference</a> · <a href="/docs/api">API</a> · <a href="/errors">Errors</a> · <a href="/status">Status</a></nav>
<main>
${marked.parse(markdown, { async: false })}</main>
</body>
</html>
`
}

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
