/** What happens to soft shadows that nobody marked: they move with their things, or stay. */

export const shadowKinds = ['move', 'keep'] as const
export type ShadowKind = (typeof shadowKinds)[number]

/** The paper does not mention shadows. */
export function defaultShadows(profile: 'default' | 'paper' = 'default'): ShadowKind {
  return profile === 'paper' ? 'keep' : 'move'
}
