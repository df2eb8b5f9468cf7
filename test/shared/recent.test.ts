import { expect, test } from 'vitest'
import { Recent } from '../../shared/recent.ts'

test('one entry too many drops the oldest; setting an entry again makes it the newest', () => {
  const recent = new Recent<string, number>(2)
  recent.set('a', 1)
  recent.set('b', 2)
  recent.set('a', 3)
  recent.set('c', 4)
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4])
  recent.delete('a')
  expect(recent.get('a')).toBeUndefined()
})
