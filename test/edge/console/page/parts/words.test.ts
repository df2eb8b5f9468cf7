import { expect, test } from 'vitest'
import {
  agentText,
  durationText,
  money,
  parseMoney,
} from '../../../../../edge/console/page/parts/words.ts'

test.each([
  ['0', 0],
  ['12', 12_000_000],
  ['0.000001', 1],
  ['1,5', 1_500_000],
  [' 3 ', 3_000_000],
  ['', null],
  ['-1', null],
  ['ten', null],
  ['1e30', null],
])('%j typed as money is %s micro-units', (text, micro) => {
  expect(parseMoney(text)).toBe(micro)
})

test('money has as many digits as it takes', () => {
  const plain = (micro: number) => money(micro, 'USD').replace(/[^\d.,]/g, '')
  expect([0, 1_500_000, 26_000, 1].map(plain)).toEqual(['0.00', '1.50', '0.026', '0.000001'])
})

test('durations are short', () => {
  expect([12.4, 999, 1500, 61_000].map(durationText)).toEqual([
    '12 ms',
    '999 ms',
    '1.5 s',
    '1 min 1 s',
  ])
})

// As the vendors' documentation gives them.
test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.51',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0', 'Firefox on Linux'],
  ['curl/8.7.1', 'curl/8.7.1'],
  ['', 'A browser'],
])('%s is %s', (agent, text) => {
  expect(agentText(agent)).toBe(text)
})
