/**
 * The console's cookies. Over https they have the prefix `__Host-`, so that no other host, and no
 * other path, can set or get one; a development server without https has them by their plain names.
 */

import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { App } from '../http/context.ts'

const NAMES = {
  /** Ties a link to the browser that asked for it. */
  browser: { name: 'contextdrag-browser', maxAge: 15 * 60 },
  /** Shows that somebody signed in here before. As long as browsers keep any (RFC 6265bis, 5.5). */
  known: { name: 'contextdrag-known', maxAge: 400 * 24 * 3600 },
  session: { name: 'contextdrag-session', maxAge: 14 * 24 * 3600 },
} as const
type Kind = keyof typeof NAMES

const BASE = { path: '/', httpOnly: true, sameSite: 'Lax' } as const

/** '' where there is none. */
export function readCookie(c: Context<App>, kind: Kind): string {
  const { name } = NAMES[kind]
  return (isSecure(c) ? getCookie(c, name, 'host') : getCookie(c, name)) ?? ''
}

export function writeCookie(c: Context<App>, kind: Kind, value: string): void {
  const { name, maxAge } = NAMES[kind]
  const secure = isSecure(c)
  setCookie(c, name, value, { ...BASE, maxAge, secure, ...(secure && { prefix: 'host' }) })
}

export function dropCookie(c: Context<App>, kind: Kind): void {
  const secure = isSecure(c)
  deleteCookie(c, NAMES[kind].name, { ...BASE, secure, ...(secure && { prefix: 'host' }) })
}

function isSecure(c: Context<App>): boolean {
  return c.get('settings').PUBLIC_ORIGIN.startsWith('https:')
}
