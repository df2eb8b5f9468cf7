/** What a study's page knows of itself. */

import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodePicture } from '../../../evaluation/picture.ts'
import type { Study } from '../../../evaluation/study/ballot.ts'
import { readPairs } from '../../../evaluation/study/pairs.ts'
import { writeStudy } from '../../../evaluation/study/write.ts'
import { drawn } from '../drawn.ts'

const root = await mkdtemp(join(tmpdir(), 'contextdrag-study-'))
const at = (run: string) => join(root, run, 'results', 'none')

/** Two pictures of a run, the second in a folder of its own. */
async function put(run: string, levels: readonly [number, number]): Promise<void> {
  await mkdir(join(at(run), 'x'), { recursive: true })
  for (const [i, name] of ['1', 'x/2'].entries()) {
    const picture = drawn({ width: 4, height: 4 }, () => levels[i] as number)
    await writeFile(join(at(run), `${name}.png`), await encodePicture(picture))
  }
}

async function studyOf(a: string, b: string, names = { a: 'none', b: 'none' }): Promise<Study> {
  const pairs = await readPairs(at(a), at(b), { photos: null, cases: null })
  const html = await readFile(await writeStudy(pairs, names, join(root, 'out')), 'utf8')
  return JSON.parse(/id="study">(.*?)<\/script>/.exec(html)?.[1] ?? '')
}

test('another order of sides or other pictures are another study; the same ones are the same', async () => {
  await put('r2', [10, 20])
  await put('r5', [30, 40])
  await put('copy', [30, 40])
  await put('r6', [30, 41])
  const { id } = await studyOf('r5', 'r2')
  expect((await studyOf('r5', 'r2')).id).toBe(id)
  expect((await studyOf('copy', 'r2', { a: 'ours', b: 'theirs' })).id).toBe(id)
  expect((await studyOf('r2', 'r5')).id).not.toBe(id)
  expect((await studyOf('r6', 'r2')).id).not.toBe(id)
})

test('sides of the same engine are named by their folders, others by their engines', async () => {
  expect(await studyOf('r5', 'r2')).toMatchObject({ a: at('r5'), b: at('r2') })
  const names = { a: 'ours', b: 'theirs' }
  expect(await studyOf('r5', 'r2', names)).toMatchObject(names)
})
