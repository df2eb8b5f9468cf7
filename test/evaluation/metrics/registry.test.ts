import { expect, test } from 'vitest'
import { openMetrics } from '../../../evaluation/metrics/registry.ts'

const session = { provider: 'cpu', threads: 1 } as const

test('metrics that need nothing are always there, and drag-back if it is asked for', async () => {
  const names = async (dragBack: boolean) =>
    (await openMetrics({ session, dragBack, sam: 'none' })).map(({ name }) => name)
  const always = ['dai', 'background', 'template', 'halo', 'blockiness', 'detail']
  expect(await names(false)).toEqual(always)
  expect(await names(true)).toEqual([...always, 'drag-back'])
})

test('no two metrics have the same name, and every column says which way is better', async () => {
  const metrics = await openMetrics({ session, dragBack: true, sam: 'none' })
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length)
  for (const { columns } of metrics)
    for (const way of Object.values(columns)) expect(['higher', 'lower']).toContain(way)
})
