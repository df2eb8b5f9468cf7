/**
 * The image cannot be built here: what its Dockerfile names has to be there, and what the worker
 * imports has to be in it.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const lines = readFileSync(join(root, 'infra/gpu-worker.Dockerfile'), 'utf8')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
const steps = lines.map((line) => ({
  name: line.split(/\s+/)[0] as string,
  rest: line.replace(/^\S+\s+/, ''),
}))
const of = (name: string) => steps.filter((step) => step.name === name).map(({ rest }) => rest)
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

test('every instruction is a valid Dockerfile instruction', () => {
  const known = [
    'FROM',
    'WORKDIR',
    'COPY',
    'RUN',
    'USER',
    'VOLUME',
    'ENV',
    'EXPOSE',
    'HEALTHCHECK',
    'CMD',
  ]
  expect(steps.filter(({ name }) => !known.includes(name))).toEqual([])
  expect(of('FROM').at(-1)).toMatch(/^nvidia\/cuda:12\.\d+\.\d+-cudnn-runtime-/)
})

test('every copied file is in the repository and not excluded by .dockerignore', () => {
  const copied = of('COPY')
    .filter((rest) => !rest.startsWith('--from'))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1))
  const ignore = readFileSync(join(root, '.dockerignore'), 'utf8')
  for (const path of copied) {
    expect(existsSync(join(root, path)), path).toBe(true)
    expect(ignore).toContain(`!${path}`)
  }
})

test('every path in node_modules exists in the installed packages', () => {
  const named = lines.join('\n').match(/node_modules\/onnxruntime-node\/[\w/.-]+/g) ?? []
  expect(named.length).toBeGreaterThan(4)
  for (const path of named) {
    // The CUDA libraries are what the step fetches; their folder has to be the one of the library
    // they sit beside.
    const place = path.endsWith('.so')
      ? `${path.slice(0, path.lastIndexOf('/'))}/libonnxruntime.so.1`
      : path
    expect(
      [place, `${place}.js`, join(place, 'index.js')].some((one) => existsSync(join(root, one))),
      path,
    ).toBe(true)
  }
})

test('the container runs without root, with the packaged Node and an entry file that exists', () => {
  expect(of('USER')).toEqual(['worker'])
  const command: string[] = JSON.parse(of('CMD')[0] as string)
  expect(command[0]).toBe('node_modules/.bin/node')
  expect(existsSync(join(root, command.at(-1) as string))).toBe(true)
  expect(of('HEALTHCHECK')[0]).toContain('/ping')
  expect(lines.join('\n')).not.toMatch(/TOKEN=\S|SECRET=\S|PASSWORD/)
})

test('the worker imports production dependencies alone', () => {
  const files = ['gpu-worker', 'shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(root, folder, file)),
  )
  const packages = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from '([^'.][^']*)'/g)].map(
      (match) => match[1] as string,
    ),
  )
  const names = packages
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  expect([...new Set(names)].filter((name) => !(name in dependencies))).toEqual([])
})
