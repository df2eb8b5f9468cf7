/**
 * The page of a study: shows a photo with its drags, two results beside each other, and asks three
 * questions. Votes stay in this browser until they are exported.
 */

import {
  orderFor,
  type Question,
  questions,
  type Seen,
  type Side,
  type Study,
  type Vote,
  type Votes,
  winnerOf,
} from '../ballot.ts'

const asked: Readonly<Record<Question, string>> = {
  'prompt following':
    'Which one does what the arrows ask: is what was at each red dot now at the blue one?',
  'concept preservation':
    'Which one keeps what is in the photo: the thing, its looks and its surroundings?',
  overall: 'Which one do you prefer?',
}

const study = JSON.parse(element('study').textContent ?? '') as Study
let participant = ''
let order: readonly Seen[] = []
let votes: Vote[] = []

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no ${id}`)
  return found
}

const storageKey = () => `contextdrag-study-${study.id}-${participant}`

function begin(name: string): void {
  participant = name
  order = orderFor(study, participant)
  const saved = localStorage.getItem(storageKey())
  votes = saved === null ? [] : (JSON.parse(saved) as Vote[])
  element('start').hidden = true
  element('ballot').hidden = false
  show()
}

/** The pair and the question that are next: votes are given in their order. */
function next(): { readonly seen: Seen; readonly question: Question } | null {
  const seen = order[Math.floor(votes.length / questions.length)]
  const question = questions[votes.length % questions.length]
  return seen === undefined || question === undefined ? null : { seen, question }
}

function show(): void {
  const now = next()
  element('pair').hidden = now === null
  element('end').hidden = now !== null
  const total = order.length * questions.length
  element('progress').textContent = `${votes.length} of ${total} answers`
  element('back').toggleAttribute('disabled', votes.length === 0)
  if (now === null) {
    element('export').focus()
    return
  }
  const { seen, question } = now
  const { pair, a } = seen
  draw('left', a === 'left' ? pair.a : pair.b)
  draw('right', a === 'left' ? pair.b : pair.a)
  element('asked').hidden = pair.photo === null
  if (pair.photo !== null) draw('photo', pair.photo)
  drawDrags(pair.asked)
  element('question').textContent = asked[question]
}

function draw(id: string, path: string): void {
  const picture = element(id) as HTMLImageElement
  if (picture.getAttribute('src') !== path) picture.src = path
}

/** Arrows on the photo, and dots at their ends on the results. */
function drawDrags(what: Seen['pair']['asked']): void {
  for (const layer of document.querySelectorAll<SVGSVGElement>('svg.drags')) {
    layer.replaceChildren()
    if (what === null) continue
    const { width, height } = what.size
    layer.setAttribute('viewBox', `0 0 ${width} ${height}`)
    const unit = Math.max(width, height) / 100
    for (const { handle, target } of what.drags) {
      if (layer.classList.contains('all')) {
        const ends = { x1: handle.x, y1: handle.y, x2: target.x, y2: target.y }
        layer.append(shape('line', { ...ends, stroke: 'white', 'stroke-width': unit }))
        layer.append(shape('circle', dot(handle, unit, '#e5383b')))
      }
      layer.append(shape('circle', dot(target, unit, '#2667ff')))
    }
  }
}

const dot = ({ x, y }: { x: number; y: number }, unit: number, fill: string) => ({
  cx: x,
  cy: y,
  r: 1.2 * unit,
  fill,
  stroke: 'white',
  'stroke-width': unit / 3,
})

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}

function answer(preferred: Side | 'tie'): void {
  const now = next()
  if (now === null) return
  const { pair, a } = now.seen
  votes.push({ pair: pair.id, question: now.question, winner: winnerOf(preferred, a), a })
  keep()
}

function back(): void {
  votes.pop()
  keep()
}

function keep(): void {
  localStorage.setItem(storageKey(), JSON.stringify(votes))
  show()
}

function exported(): void {
  const { id, a, b, pairs } = study
  const all: Votes = {
    version: 1,
    study: { id, a, b },
    participant,
    pairs: pairs.length,
    votes,
  }
  const file = new Blob([`${JSON.stringify(all, null, 2)}\n`], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `votes-${id}-${participant.replace(/[^\w-]/g, '_')}.json`
  link.click()
  URL.revokeObjectURL(link.href)
}

const keys: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => answer('left'),
  ArrowRight: () => answer('right'),
  ArrowDown: () => answer('tie'),
  Backspace: back,
}

element('start').addEventListener('submit', (event) => {
  event.preventDefault()
  const name = (element('name') as HTMLInputElement).value.trim()
  if (name !== '') begin(name)
})
for (const side of ['left', 'right', 'tie'] as const)
  element(`choose-${side}`).addEventListener('click', () => answer(side))
element('back').addEventListener('click', back)
element('export').addEventListener('click', exported)
document.addEventListener('keydown', (event) => {
  const act = keys[event.key]
  // A key that is held down answers once, and browsers keep their own shortcuts.
  if (act === undefined || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
  if (element('ballot').hidden) return
  event.preventDefault()
  act()
})
