/** The frame of a report: a page without scripts, and without anything from a network. */

import { Html, html } from './html.ts'

/** A part of the page with its heading; its id is the link to it. */
export type Section = { readonly id: string; readonly title: string; readonly body: Html }

const CSS = new Html(`
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1.5rem; max-width: 90rem; background: #fff; color: #1c1c1c;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid #bbb; }
h3 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
h4 { font-size: 1rem; margin: 1rem 0 .25rem; }
p, ul { max-width: 48rem; margin: .5rem 0; }
a { color: #0b4f9e; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid #0b4f9e; outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; max-width: none; }
.wide { overflow-x: auto; margin: .75rem 0 1.25rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
#glance thead th { white-space: normal; max-width: 8.5rem; }
th { font-weight: 600; }
tbody th, td.text, th.text { text-align: left; }
td.text { white-space: normal; min-width: 12rem; }
thead th { vertical-align: bottom; }
thead small { font-weight: 400; }
td.best { background: #e2f3e2; font-weight: 600; }
tr.paper th, tr.paper td { color: #444; font-style: italic; }
.note { color: #444; }
.pictures { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0 1rem; padding: 0; list-style: none; max-width: none; }
figure { margin: 0; width: 14rem; }
figure img { display: block; width: 100%; height: auto; background: #eee; border: 1px solid #ccc; box-sizing: border-box; }
figcaption { font-size: .85rem; line-height: 1.35; overflow-wrap: anywhere; }
.failed { display: grid; place-items: center; min-height: 6rem; background: #f6f0ef; border: 1px solid #c9a9a4; padding: .5rem;
  box-sizing: border-box; font-size: .85rem; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .2rem 0; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.charts figure { width: auto; }
.charts svg { max-width: 100%; height: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { body { padding: .75rem; } figure { width: 9.5rem; } }
@media print { nav { display: none; } details:not([open]) { display: none; } }
`)

export function page(title: string, lead: Html, sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)
  const parts = sections.map(
    ({ id, title, body }) => html`<section id="${id}"><h2>${title}</h2>\n${body}</section>\n`,
  )
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${CSS}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead}
<nav aria-label="Contents"><ul>${links}</ul></nav>
</header>
<main>
${parts}</main>
</body>
</html>
`.text
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(caption: string, head: readonly Html[], rows: readonly Html[]): Html {
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>\n`
}

/** A picture with what it is, linked to its full size. */
export function figure(src: string, alt: string, caption: Html, href: string | null): Html {
  const image = html`<img src="${src}" alt="${alt}" loading="lazy" decoding="async">`
  return html`<figure>${href === null ? image : html`<a href="${href}">${image}</a>`}<figcaption>${caption}</figcaption></figure>`
}
