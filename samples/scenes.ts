/**
 * The sample scenes as SVG: an object with texture on a quiet background, and its mask. Everything
 * is drawn here; nothing is a photo.
 */

import type { Drag } from '../shared/drag.ts'

/**
 * A scene. `object` is drawn over `background`; the mask is the same object in white, widened so
 * that no rim is left behind.
 */
export type Scene = {
  readonly name: string
  readonly title: string
  readonly width: number
  readonly height: number
  readonly defs: string
  readonly background: string
  readonly object: string
  readonly drags: readonly Drag[]
}

/** Noise that looks like grain, cloth or foliage, in the shape of whatever it is applied to. */
function texture(id: string, frequency: string, strength: number): string {
  return `<filter id="${id}" x="-5%" y="-5%" width="110%" height="110%">
    <feTurbulence type="fractalNoise" baseFrequency="${frequency}" numOctaves="3" seed="7" result="noise"/>
    <feColorMatrix in="noise" type="matrix" values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  ${strength} 0 0 0 ${-strength / 2.6}" result="dark"/>
    <feComposite in="dark" in2="SourceGraphic" operator="in" result="grain"/>
    <feMerge><feMergeNode in="SourceGraphic"/><feMergeNode in="grain"/></feMerge></filter>`
}

function gradient(id: string, stops: readonly (readonly [number, string])[]): string {
  const list = stops
    .map(([offset, colour]) => `<stop offset="${offset}" stop-color="${colour}"/>`)
    .join('')
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${list}</linearGradient>`
}

const balloonStripes = ['#d1495b', '#f4d35e', '#ee964b', '#f95738', '#f4d35e', '#d1495b', '#ee964b']
  .map((colour, i) => {
    const half = 92 - i * 14
    return `<ellipse cx="0" cy="0" rx="${Math.max(8, half)}" ry="104" fill="${colour}"/>`
  })
  .join('')

const balloon: Scene = {
  name: 'balloon',
  title: 'Move',
  width: 768,
  height: 512,
  defs:
    gradient('sky', [
      [0, '#3f7fbf'],
      [0.7, '#a9d0ea'],
      [1, '#f3e3c3'],
    ]) + texture('cloth', '0.05 0.12', 1.1),
  background: `<rect width="768" height="512" fill="url(#sky)"/>
    <path d="M0 452q120-50 260-12t270-10 238 8v74H0z" fill="#5c8d63"/><path d="M0 480q180-40 380-4t388-14v50H0z" fill="#3c6e47"/>`,
  object: `<g transform="translate(206 190)"><g filter="url(#cloth)">${balloonStripes}</g>
    <path d="M-40 92L-16 142M40 92L16 142M-14 102L-6 142M14 102L6 142" stroke="#5b3a1e" stroke-width="4" fill="none"/>
    <path d="M-20 142h40l-5 34h-30z" fill="#8a5a2b" stroke="#5b3a1e" stroke-width="3"/>
    <path d="M-18 152h36M-17 163h34" stroke="#5b3a1e" stroke-width="3"/></g>`,
  drags: [
    { handle: { x: 206, y: 190 }, target: { x: 206 + 32 * (768 / 78), y: 190 - 3 * (512 / 52) } },
  ],
}

/** A tower whose rows of bricks make a stretch visible. */
const bands = Array.from({ length: 9 }, (_, i) => {
  const top = 268 + i * 42
  const half = (y: number) => 40 + (y - 268) * 0.075
  const colour = i % 2 === 0 ? '#d7263d' : '#f7f3e9'
  return `<path d="M${256 - half(top)} ${top}h${2 * half(top)}L${256 + half(top + 42)} ${top + 42}h${-2 * half(top + 42)}z" fill="${colour}"/>`
}).join('')

const lighthouse: Scene = {
  name: 'lighthouse',
  title: 'Stretch (one drag, one pin)',
  width: 512,
  height: 768,
  defs:
    gradient('dusk', [
      [0, '#274472'],
      [0.6, '#c4a5b5'],
      [1, '#f6c89f'],
    ]) + texture('bricks', '0.03 0.16', 1.2),
  background: `<rect width="512" height="768" fill="url(#dusk)"/><rect y="690" width="512" height="78" fill="#1b4965"/>
    <path d="M90 768q40-104 166-118t170 118z" fill="#4a4e4d"/>`,
  object: `<g filter="url(#bricks)">${bands}<rect x="208" y="250" width="96" height="18" fill="#33272a"/>
    <rect x="224" y="206" width="64" height="46" fill="#ffe8a3"/><path d="M240 206v46M256 206v46M272 206v46" stroke="#33272a" stroke-width="5"/>
    <path d="M214 208h84l-42-40z" fill="#33272a"/></g>`,
  drags: [
    { handle: { x: 256, y: 200 }, target: { x: 256, y: 200 - 9 * (768 / 79) } },
    { handle: { x: 256, y: 640 }, target: { x: 256, y: 640 } },
  ],
}

function fish(
  x: number,
  y: number,
  scale: number,
  body: string,
  stripe: string,
  fin: string,
): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})"><g filter="url(#scales)">
    <path d="M-84 0q-46-44-64-46q14 46 0 92q18-2 64-46z" fill="${fin}"/><path d="M-20-44q20-44 70-38q-20 18-14 44z" fill="${fin}"/>
    <ellipse rx="96" ry="54" fill="${body}"/><path d="M28-48q-20 48 0 97l22-9q-18-40 0-80z" fill="${stripe}"/>
    <path d="M-26-52q-22 50 0 104l22 2q-20-52 0-108z" fill="${stripe}"/><path d="M-72-34q-12 34 0 68l18 8q-14-40 0-84z" fill="${stripe}"/>
    <path d="M-10 24q-24 34-4 46q24-10 34-42z" fill="${fin}"/></g>
    <circle cx="66" cy="-12" r="12" fill="#fff"/><circle cx="69" cy="-12" r="6" fill="#111"/></g>`
}

const fishes: Scene = {
  name: 'fishes',
  title: 'Two objects, each its own way',
  width: 1024,
  height: 640,
  defs:
    gradient('water', [
      [0, '#7fd1d8'],
      [0.55, '#2a7f9e'],
      [1, '#0d3b54'],
    ]) + texture('scales', '0.09 0.09', 1.2),
  background:
    '<rect width="1024" height="640" fill="url(#water)"/><path d="M0 610q200-36 420-8t604-16v54H0z" fill="#c9b07a"/>',
  object:
    fish(250, 220, 1, '#ff7b25', '#fff5e6', '#d94f04') +
    fish(760, 410, 0.92, '#4361ee', '#ffd166', '#1d2fa0'),
  drags: [
    { handle: { x: 250, y: 220 }, target: { x: 250 + 21 * (1024 / 81), y: 220 - 5 * (640 / 51) } },
    { handle: { x: 760, y: 410 }, target: { x: 760 - 25 * (1024 / 81), y: 410 + 4 * (640 / 51) } },
  ],
}

const spots = [
  [-34, -26, 17],
  [36, -30, 15],
  [-52, 24, 14],
  [46, 26, 18],
  [-18, 50, 12],
  [14, 12, 11],
].map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}" fill="#1d1a1a"/>`)

const ladybird: Scene = {
  name: 'ladybird',
  title: 'A short way: source and destination overlap',
  width: 640,
  height: 640,
  defs:
    gradient('leaf', [
      [0, '#b5d99c'],
      [1, '#5f9e54'],
    ]) + texture('shell', '0.07 0.07', 0.9),
  background: `<rect width="640" height="640" fill="url(#leaf)"/>
    <path d="M0 600Q320 540 640 610M0 40Q300 84 640 30" stroke="#4b8443" stroke-width="7" fill="none" opacity=".55"/>`,
  object: `<g transform="translate(270 300) rotate(-24)"><g stroke="#1d1a1a" stroke-width="9" fill="none" stroke-linecap="round">
    <path d="M-70-40l-38-22M-82 8h-40M-68 54l-36 24M70-40l38-22M82 8h40M68 54l36 24M-18-100l-22-34M18-100l22-34"/></g>
    <circle cy="-78" r="38" fill="#1d1a1a"/><circle cx="-17" cy="-92" r="8" fill="#fff"/><circle cx="17" cy="-92" r="8" fill="#fff"/>
    <g filter="url(#shell)"><ellipse rx="92" ry="88" fill="#d62828"/><path d="M0-88V88" stroke="#1d1a1a" stroke-width="6"/>${spots.join('')}</g></g>`,
  drags: [{ handle: { x: 270, y: 300 }, target: { x: 270 + 11 * 10, y: 300 + 6 * 10 } }],
}

export const scenes: readonly Scene[] = [balloon, fishes, lighthouse, ladybird]

/** The scene as a picture. */
export function sceneSvg(scene: Scene): string {
  return svg(scene, scene.background + scene.object)
}

/** The object alone, on a transparent background. */
export function objectSvg(scene: Scene): string {
  return svg(scene, scene.object)
}

/** The object in white on black, widened by `margin` pixels. */
export function maskSvg(scene: Scene, margin: number): string {
  const white = `<filter id="white" x="-20%" y="-20%" width="140%" height="140%">
    <feMorphology in="SourceAlpha" operator="dilate" radius="${margin}"/>
    <feComponentTransfer><feFuncR type="discrete" tableValues="1 1"/><feFuncG type="discrete" tableValues="1 1"/>
    <feFuncB type="discrete" tableValues="1 1"/></feComponentTransfer></filter>`
  const black = `<rect width="${scene.width}" height="${scene.height}" fill="#000"/>`
  return svg(
    { ...scene, defs: scene.defs + white },
    `${black}<g filter="url(#white)">${scene.object}</g>`,
  )
}

function svg(scene: Scene, content: string): string {
  const { width, height } = scene
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>${scene.defs}</defs>${content}</svg>`
}
