/** What an account in the EU is promised: its data and its edits' workers stay there. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Place } from '../../../../edge/access/keys.ts'
import { providersFor } from '../../../../edge/settings/providers.ts'
import { settingsOf } from '../../../../edge/settings/settings.ts'
import { openAccount } from '../../../../edge/use-cases/account/open.ts'
import type { Account } from '../../../../edge/use-cases/tenant.ts'
import { EditError } from '../../../../shared/errors.ts'
import { PRICE } from '../../objects/creation.ts'
import { Scene } from '../../objects/scene.ts'

let scene: Scene
let restore: () => void
beforeEach(async () => {
  scene = await Scene.open()
  const settings = settingsOf(scene.universe.env)
  const { PROVIDERS } = settings
  restore = () => Object.assign(settings, { PROVIDERS })
  // In this world, objects of a jurisdiction are found like all others.
  for (const objects of [scene.universe.env.ACCOUNTS, scene.universe.env.EDITS])
    Object.assign(objects, { jurisdiction: () => objects })
})
afterEach(() => {
  restore()
  scene.close()
})

/** Says of each provider where it is bound to be. */
function bind(jurisdictions: Readonly<Record<string, 'eu'>>): void {
  const settings = settingsOf(scene.universe.env)
  const PROVIDERS = settings.PROVIDERS.map((config) => {
    const jurisdiction = jurisdictions[config.name]
    return { ...config, ...(jurisdiction && { jurisdiction }) }
  })
  Object.assign(settings, { PROVIDERS })
}

const tenantIn = (region: Place) =>
  scene.tenant('k', null, { credential: scene.credential('key', 'k', { region }) })
async function providerOf(region: Place): Promise<string | null> {
  const { id } = await scene.create(tenantIn(region))
  await scene.universe.advance(1000)
  const edit = (await scene.edit(id).read())?.edit
  return edit !== undefined && 'provider' in edit ? edit.provider : null
}

test('an edit of the EU goes to a worker there, although another is preferred and free', async () => {
  bind({ two: 'eu' })
  expect(await providerOf('eu')).toBe('two')
  expect(await providerOf('auto')).toBe('one')
  expect(await providerOf('weur')).toBe('one')
})

test('without a worker there, it goes nowhere, and costs nothing', async () => {
  bind({})
  const { id } = await scene.create(tenantIn('eu'))
  await scene.universe.advance(60_000)
  expect([await scene.statusOf(id), scene.universe.runs.size]).toEqual(['expired', 0])
  expect(await scene.money()).toEqual({ balance: 10 * PRICE, held: 0 })
})

test('its models and queues are those of workers there', () => {
  const [here, elsewhere] = [
    { name: 'a', jurisdiction: 'eu' as const },
    { name: 'b', jurisdiction: undefined },
  ]
  expect(providersFor([elsewhere, here], 'eu')).toEqual([here])
  for (const region of ['auto', 'weur', 'apac'] as const)
    expect(providersFor([elsewhere, here], region)).toEqual([elsewhere, here])
})

test('an account is opened in the EU only where photos and results stay there', async () => {
  const opened: Place[] = []
  const open = (region: Place, bucketIn: 'eu' | undefined) =>
    openAccount({ name: 'shop', region }, 'r', {
      bucketIn,
      directory: {
        reserve: async (order: { id: string; name: string; region: Place }) => order,
        opened: async () => true,
      } as unknown as Parameters<typeof openAccount>[2]['directory'],
      accountIn: (where) => ({ open: async () => opened.push(where) }) as unknown as Account,
    }).catch((error: unknown) => {
      if (!(error instanceof EditError)) throw error
      return [error.code, error.pointer]
    })
  expect(await open('eu', undefined)).toEqual(['invalid_option', '/region'])
  expect(opened).toEqual([])
  await open('eu', 'eu')
  await open('weur', undefined)
  await open('auto', 'eu')
  expect(opened).toEqual(['eu', 'weur', 'auto'])
})
