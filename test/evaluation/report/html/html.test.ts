import { expect, test } from 'vitest'
import { html, link } from '../../../../evaluation/report/html/html.ts'
import { duration, shown } from '../../../../evaluation/report/numbers.ts'

test('texts are escaped, HTML is not, and null is nothing', () => {
  const bad = `<script>alert("1") & '2'</script>`
  expect(html`<p title="${bad}">${html`<b>${bad}</b>`}${null}${[1, 'a&b']}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;) &amp; &#39;2&#39;&lt;/script&gt;"><b>&lt;script&gt;alert(&quot;1&quot;) &amp; &#39;2&#39;&lt;/script&gt;</b>1a&amp;b</p>',
  )
})

test('paths are links', () => {
  expect(link('results/a b=0.5/50%.png')).toBe('results/a%20b%3D0.5/50%25.png')
})

test('numbers have the digits that matter', () => {
  const numbers = [0, 12345.6, 123.45, 12.345, 0.012345, 0.00012345, -Math.PI]
  expect(numbers.map((one) => shown(one))).toEqual([
    '0',
    '12346',
    '123.5',
    '12.35',
    '0.0123',
    '1.2e-4',
    '-3.142',
  ])
  expect([shown(null), shown(Number.NaN)]).toEqual(['–', '–'])
  const column = [0.998, 1.01, 0, null]
  expect(column.map((one) => shown(one, column))).toEqual(['0.998', '1.010', '0.000', '–'])
  expect([12, 1234, 61_234].map(duration)).toEqual(['12 ms', '1.23 s', '61.2 s'])
})
