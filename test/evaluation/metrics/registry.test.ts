import { expect, test } from 'vitest'
import { openMetrics } from '../../../evaluation/metrics/registry.ts'
import { goldenFolder } from './golden.ts'

const session = { provider: 'cpu', threads: 1 } as const

test('metrics that need nothing are always there, and drag-back if it is asked for', async () => {
  const names = async (dragBack: boolean) =>
    (await openMetrics({ session, dragBack, sam: 'none' })).map(({ name }) => name)
  const always = ['truth', 'dai', 'background', 'template', 'halo', 'blockiness', 'detail']
  expect(await names(false)).toEqual(always)
  expect(await names(true)).toEqual([...always, 'drag-back'])
})

test('no two metrics have the same name, and every column says which way is better', async () => {
  const metrics = await openMetrics({ session, dragBack: true, sam: 'none' })
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length)
  for (const { columns } of metrics)
    for (const way of Object.values(columns)) expect(['higher', 'lower']).toContain(way)
})

test('weights and a judge bring their metrics', async () => {
  const judge = {
    url: 'http://127.0.0.1:1/v1',
    model: 'judge',
    answers: '/nowhere',
    temperature: 0,
    gscore: true,
  }
  const lpips = goldenFolder('lpips/lpips.safetensors')
  const metrics = await openMetrics({ session, dragBack: false, sam: 'none', lpips, judge })
  expect(metrics.map(({ name }) => name).slice(-3)).toEqual(['if', 'judge', 'gscore'])
  const without = { ...judge, gscore: false }
  const fewer = await openMetrics({ session, dragBack: false, sam: 'none', judge: without })
  expect(fewer.map(({ name }) => name)).not.toContain('gscore')
})

test('a folder without Stable Diffusion is named', async () => {
  const options = { session, dragBack: false, sam: 'none', stableDiffusion: '/nowhere/sd' }
  await expect(openMetrics(options)).rejects.toThrow(/\/nowhere\/sd\/unet: is missing/)
})
