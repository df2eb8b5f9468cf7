/** Which pictures of two folders are compared. */

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readPairs, sourcesBeside } from '../../../evaluation/study/pairs.ts'

const out = await mkdtemp(join(tmpdir(), 'contextdrag-pairs-'))
const at = (engine: string) => join(out, 'results', engine)
for (const file of ['a/x/1.png', 'a/x/2.png', 'a/3.png', 'b/x/1.webp', 'b/3.jpg', 'c/9.png'])
  await put(join(out, 'results', file), '')

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

test('pictures are paired by their names below the folders, whatever their endings', async () => {
  const nothing = await sourcesBeside(at('a'))
  expect(nothing).toEqual({ photos: null, cases: null })
  const pairs = await readPairs(at('a'), at('b'), nothing)
  expect(pairs.map(({ id }) => id)).toEqual(['3', 'x/1'])
  expect(pairs[1]).toMatchObject({ a: join(at('a'), 'x/1.png'), b: join(at('b'), 'x/1.webp') })
})

test('photos and drags come from the folder of the report', async () => {
  await put(join(at('none'), 'x/1.png'), '')
  const size = { width: 3, height: 2 }
  const drags = [{ handle: { x: 1, y: 1 }, target: { x: 2, y: 1 } }]
  await put(join(out, 'cases', 'x/1.json'), JSON.stringify({ id: 'x/1', size, drags, prompt: '' }))
  const [, pair] = await readPairs(at('a'), at('b'), await sourcesBeside(at('a')))
  expect(pair).toMatchObject({ photo: join(at('none'), 'x/1.png'), asked: { size, drags } })
})

test('missing folders, folders without a common name and odd cases are rejected', async () => {
  const nothing = { photos: null, cases: null }
  await expect(readPairs(at('a'), at('d'), nothing)).rejects.toThrow('is no folder')
  await expect(readPairs(at('a'), at('c'), nothing)).rejects.toThrow('(3 and 1 pictures)')
  await put(join(out, 'odd', '3.json'), '{"size": 1}')
  const odd = { photos: null, cases: join(out, 'odd') }
  await expect(readPairs(at('a'), at('b'), odd)).rejects.toThrow('no size and drags of a case')
})
