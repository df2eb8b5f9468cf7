/** The edit as code: whatever it contains is data, to the shell, to curl and to TypeScript. */

import { expect, test } from 'vitest'
import { type Draft, emptyDraft } from '../../../../edge/playground/edit/draft.ts'
import { asCurl, asTypeScript } from '../../../../edge/playground/edit/snippets.ts'

const draft = (prompt: string, options: Record<string, unknown> = {}): Draft => ({
  ...emptyDraft,
  prompt,
  options: { model: 'embedded', ...options },
})

test.each(['</etc/passwd', '@photo.jpg', '"x";type=text/html', "it's; rm -rf ~", '$(id) `id`'])(
  'curl sends the prompt %j as it is',
  (prompt) => {
    const quoted = `'prompt=${prompt.replaceAll("'", "'\\''")}'`
    expect(asCurl('https://api.example.com', draft(prompt)).split(' \\\n')).toContain(
      `  --form-string ${quoted}`,
    )
  },
)

test('only the files are read by curl', () => {
  const lines = asCurl('https://api.example.com', draft('a', { output: '@/etc/passwd' })).split(
    '\n',
  )
  expect(lines.filter((line) => line.includes(' -F '))).toEqual(['  -F image=@photo.jpg \\'])
})

test('the address is quoted', () => {
  expect(asCurl("https://a.example/'$(id)", draft(''))).toContain(
    "curl 'https://a.example/'\\''$(id)/v1/edits' -H",
  )
  expect(asTypeScript("https://a.example/'", draft(''))).toContain(
    `baseUrl: "https://a.example/'", key`,
  )
})

test('in TypeScript, a prompt and a name are strings', () => {
  const text = asTypeScript('https://api.example.com', draft('"\n', { 'a: b(), c': 1, seed: 2 }))
  expect(text.split('\n')).toEqual(
    expect.arrayContaining(['  prompt: "\\"\\n",', '  "a: b(), c": 1,', '  seed: 2,']),
  )
})

test('what the model does not read is not sent', () => {
  const options = { model: 'instant', steps: 3, lambda: 0.2, pre: false, seed: 4 }
  const lines = asCurl('https://api.example.com', draft('a', options)).split(' \\\n')
  expect(lines.slice(3)).toEqual(["  --form-string 'model=instant'", "  --form-string 'seed=4'"])
})
