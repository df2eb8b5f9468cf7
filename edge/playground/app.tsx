/** The screen: the photo in the middle, with tools, options and the run beside it. */

import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { Drag, Point } from '../../shared/drag.ts'
import { gridOf, isBackbone } from '../../shared/models.ts'
import { affecting } from './edit/affecting.ts'
import {
  begin,
  changed,
  type Draft,
  emptyDraft,
  fieldOf,
  type History,
  movingMask,
  outlines,
  restored,
  type Thing,
  withoutThing,
} from './edit/draft.ts'
import { openEdit, saveEdit } from './edit/edit-file.ts'
import { baseName, openPhoto, PhotoError, pictureIn, type ShownPhoto } from './edit/photo.ts'
import { asCurl, asTypeScript } from './edit/snippets.ts'
import { Files } from './panel/files.tsx'
import { guideOf } from './panel/guide.ts'
import { missingOf } from './panel/missing.ts'
import { Options } from './panel/options.tsx'
import { Question } from './panel/question.tsx'
import { ResultView } from './panel/result/result.tsx'
import { Strip } from './panel/result/strip.tsx'
import { Runner } from './panel/runner.tsx'
import { Start } from './panel/start/start.tsx'
import { ThingList } from './panel/things/things.tsx'
import { TokenForm } from './panel/token.tsx'
import { Steps, Toolbar } from './panel/toolbar.tsx'
import { dragsOn, Placement } from './preview/placement.ts'
import { useToken } from './run/access.ts'
import { useRun } from './run/use-run.ts'
import { SamAsker } from './sam.ts'
import { useSession } from './session/use-session.ts'
import { movingLines, shapesOf } from './stage/shapes.ts'
import { Shortcuts } from './stage/shortcuts.tsx'
import { Stage } from './stage/stage.tsx'
import type { Tool } from './stage/tools.ts'
import { useFill } from './use-fill.ts'
import { handsOf } from './use-hands.ts'
import { useKeys } from './use-keys.ts'
import { useThings } from './use-things.ts'
import { turnHandsOf } from './use-turn.ts'
import { PreviewThread, SegmenterThread } from './workers/threads.ts'

/** Tools that correct the outline of a thing, over the photo as it is: nothing is shown as moved. */
const CORRECTING: readonly Tool[] = ['box', 'lasso', 'add', 'remove']
/** Exponent of the distance; the page does not offer others. */
const POWER = 2
/** How long a note about an opened photo is shown. */
const NOTE_MS = 8000
/** Number of frame times kept for measurements. */
const KEPT_FRAMES = 600

export function App() {
  const [photo, setPhoto] = useState<ShownPhoto | null>(null)
  const [history, apply] = useReducer(changed, begin(emptyDraft))
  const [tool, setTool] = useState<Tool>('pick')
  const [active, setActive] = useState<number | null>(null)
  const [notice, setNotice] = useState<string | null>(null)
  const [opening, setOpening] = useState(false)
  /** Whether the start page is shown although a photo is open. */
  const [starting, setStarting] = useState(false)
  /** Opens what would replace an edit that is not saved. */
  const [asking, setAsking] = useState<(() => void) | null>(null)
  const [help, setHelp] = useState(false)
  /** The draft that can be had again: from the file that it was opened from, or saved to. */
  const safe = useRef<Draft | null>(null)
  const [previewProblem, setPreviewProblem] = useState<string | null>(null)
  const running = useRun()
  const draft = history.now
  const segmenter = useMemo(() => new SegmenterThread(), [])
  const sam = useMemo(() => new SamAsker(running.api), [])
  const preview = useMemo(
    () =>
      new PreviewThread(({ milliseconds, problem: why }) => {
        setPreviewProblem(why)
        const frames = (globalThis as { previewFrames?: number[] }).previewFrames
        if (frames !== undefined && frames.length < KEPT_FRAMES) frames.push(milliseconds)
      }),
    [],
  )
  const scale = shownScale(photo)
  const outline = useMemo(() => outlines(draft.things), [draft.things])
  const grid = useMemo(
    () => (photo === null ? null : gridOf(draft.options.model, photo.size).grid),
    [photo, draft.options.model],
  )
  const mask = useMemo(
    // For a transformer, the rim is one token wide, in pixels of the shown copy.
    () =>
      photo === null || grid === null
        ? null
        : movingMask(
            draft.things,
            isBackbone(draft.options.model) ? Math.round(photo.shown.width / grid.cols) : 0,
          ),
    [photo, grid, draft.things, draft.options.model],
  )
  const shownDrags = useMemo(
    () => draft.drags.map((drag) => scaled(drag, scale)),
    [draft.drags, scale],
  )
  const kind = fieldOf(draft.options)
  const field = useMemo(() => ({ field: kind, power: POWER }), [kind])
  const correcting = CORRECTING.includes(tool)
  const applied = useMemo(() => (correcting ? [] : shownDrags), [correcting, shownDrags])
  const placement = useMemo(
    () =>
      photo === null || grid === null
        ? null
        : new Placement(photo.shown, grid, mask, applied, field),
    [photo, grid, mask, applied, field],
  )
  const shapes = useMemo(() => {
    const isTinted = (thing: Thing) =>
      correcting || dragsOn(thing, draft.things, applied).length === 0
    return placement === null ? [] : shapesOf(draft.things, active, placement, isTinted)
  }, [draft.things, active, placement, correcting, applied])

  const moving = useMemo(() => movingLines(draft.things, shapes), [draft.things, shapes])
  const latest = useRef({ draft, active, photo, placement })
  latest.current = { draft, active, photo, placement }

  useEffect(() => {
    if (photo === null) return
    segmenter.open(photo.shown)
    sam.open(photo)
  }, [photo])
  useEffect(() => {
    if (photo !== null && grid !== null) preview.open(photo.shown, grid)
  }, [photo, grid])
  useEffect(() => preview.mask(mask), [photo, grid, mask])
  useEffect(
    () => preview.draw(mask === null ? [] : applied, field),
    [photo, grid, mask, applied, field],
  )

  useFill(preview, photo, outline, draft.affects ?? null, applied, field, draft.options)

  const show = (opened: ShownPhoto, to: History) => {
    setPhoto(opened)
    setStarting(false)
    setAsking(null)
    apply({ type: 'reset', to })
    safe.current = to.now
    setActive(to.now.things.at(-1)?.id ?? null)
    setTool('pick')
    setNotice(opened.note)
    const over = () => setNotice((now) => (now === opened.note ? null : now))
    if (opened.note !== null) setTimeout(over, NOTE_MS)
    // A run in progress belongs to the previous photo.
    running.cancel()
  }
  /** Shows what `load` opens, or why it cannot be opened. */
  const showOpened = async (load: () => Promise<() => void>) => {
    setOpening(true)
    try {
      const opened = await load()
      const { draft: open } = latest.current
      if (open.drags.length === 0 || open === safe.current) opened()
      else setAsking(() => opened)
    } catch (error) {
      if (!(error instanceof PhotoError)) throw error
      setNotice(error.message)
    } finally {
      setOpening(false)
    }
  }
  useSession(photo, history, running.results, (session) => {
    void showOpened(async () => {
      const { file, name, edit } = session.photo
      const opened = await openPhoto(file, name, edit)
      return () => {
        show(opened, restored(session.history ?? begin(emptyDraft)))
        // Nothing of it is in a file.
        safe.current = null
        running.setResults(session.results ?? [])
      }
    })
  })
  const untouched = { ...emptyDraft, options: draft.options }
  const open = (given: Blob | Promise<Blob>, name: string) =>
    showOpened(async () => {
      const file = await given
      const { photo: opened, draft: now } =
        file.type === 'application/json' || name.endsWith('.json')
          ? await openEdit(file)
          : { photo: await openPhoto(file, name), draft: untouched }
      return () => {
        show(opened, begin(now))
        running.setResults([])
      }
    })
  const things = useThings(
    segmenter,
    sam,
    () => latest.current.photo?.shown ?? { width: 1, height: 1 },
    () => shownScale(latest.current.photo),
    () => latest.current.draft,
    apply,
    () => latest.current.active,
    setActive,
  )
  const size = photo?.size ?? { width: 1, height: 1 }
  const hands = handsOf(() => ({ ...latest.current, size, scale }), apply, things, setActive)
  const turnHands = turnHandsOf(() => ({ ...latest.current, size, scale }), apply)
  const onKey = useKeys({
    undo: () => apply({ type: 'undo' }),
    redo: () => apply({ type: 'redo' }),
    nudge: hands.nudge,
    remove: hands.remove,
    removeThing: () => {
      if (active !== null) apply({ type: 'step', to: (now) => withoutThing(now, active, scale) })
    },
    resize: things.resize,
    help: () => setHelp(true),
    paste: (file) => void open(file, 'pasted picture'),
  })
  const finding = draft.things.some(({ mask, joins }) => mask === null || joins !== undefined)
  const missing = missingOf(draft, size, finding || things.asking)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    const files = [...(event.dataTransfer?.files ?? [])]
    const file = pictureIn(files) ?? files[0]
    if (file !== undefined) void open(file, file.name)
  }
  const save = async () => {
    if (photo === null) return
    download(await saveEdit(photo, draft, mask), `${baseName(photo.name)}-edit.json`)
    safe.current = draft
  }
  const affect = async (file: Blob | null) => {
    if (photo === null) return
    try {
      apply({ type: 'step', to: await affecting(file, photo.shown) })
    } catch (error) {
      if (!(error instanceof PhotoError)) throw error
      setNotice(error.message)
    }
  }
  const continueFrom = async () => {
    const { result } = running
    if (result === null || photo === null) return
    const next = await openPhoto(result.picture, photo.name, result.id)
    show(next, begin(untouched))
    running.show(null)
  }

  const result = running.result
  return (
    <main
      class={photo === null || starting ? 'empty' : result === null ? '' : 'done'}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <header>
        <span class="brand">ContextDrag</span>
        {photo !== null && !starting && (
          <Steps
            undo={history.past.length > 0 ? () => apply({ type: 'undo' }) : null}
            redo={history.future.length > 0 ? () => apply({ type: 'redo' }) : null}
          />
        )}
        <span class="links">
          <button type="button" class="quiet" title="Shortcuts (?)" onClick={() => setHelp(true)}>
            Shortcuts
          </button>
          <a href="/docs">API</a>
        </span>
      </header>
      {photo === null || starting ? (
        <Start
          open={(file, name) => void open(file, name)}
          back={photo === null ? null : { name: photo.name, go: () => setStarting(false) }}
          busy={opening}
        />
      ) : (
        <>
          <Toolbar
            tool={tool}
            setTool={(next) => {
              running.show(null)
              setTool(next)
            }}
            canCorrect={draft.things.length > 0}
          />
          <div class="work">
            {result === null ? (
              <Stage
                photo={photo}
                tool={tool}
                preview={preview}
                onKey={onKey}
                shapes={shapes}
                moving={moving}
                drags={shownDrags}
                hands={hands}
                turnHands={turnHands}
              />
            ) : (
              <ResultView
                result={result}
                continueFrom={() => void continueFrom()}
                results={running.results}
                show={running.show}
              />
            )}
            {result === null && draft.drags.length > 0 && (
              <p class="badge">
                {isBackbone(draft.options.model)
                  ? 'Preview only. Apply the edit to let the model make the picture.'
                  : 'Preview only. Apply the edit to get the picture in full size.'}
              </p>
            )}
          </div>
          <aside aria-label="Edit">
            <p class="guide" role="status" data-testid="guide">
              {finding
                ? 'Finding the outline …'
                : result === null
                  ? guideOf(tool, draft)
                  : 'The edit is done. Download the picture, continue from it, or go back to the edit.'}
            </p>
            {previewProblem !== null && (
              <p class="problem" role="alert">
                {previewProblem}
              </p>
            )}
            <Strip results={running.results} shown={result} show={running.show} />
            <ThingList
              draft={draft}
              shown={photo.shown}
              active={active}
              setActive={setActive}
              remove={(id) => apply({ type: 'step', to: (now) => withoutThing(now, id, scale) })}
              resize={things.resize}
            />
            <Options
              draft={draft}
              offered={running.offered}
              setPrompt={(prompt) => apply({ type: 'step', to: (now) => ({ ...now, prompt }) })}
              setAffects={(file) => void affect(file)}
              setOptions={(options) => apply({ type: 'step', to: (now) => ({ ...now, options }) })}
            />
            {running.locked ? (
              <TokenForm use={(token) => running.unlock(useToken(token))} />
            ) : (
              <Runner
                missing={missing}
                progress={running.progress}
                problem={running.problem}
                run={(count) => running.start(photo, draft, mask, count)}
                cancel={running.cancelByHand}
              />
            )}
            <Files
              save={() => void save()}
              open={() => setStarting(true)}
              curl={() => asCurl(location.origin, draft)}
              typescript={() => asTypeScript(location.origin, draft)}
            />
          </aside>
        </>
      )}
      {help && <Shortcuts close={() => setHelp(false)} />}
      {asking !== null && <Question yes={asking} no={() => setAsking(null)} />}
      {notice !== null && (
        <p class="problem toast" role="alert">
          {notice}
        </p>
      )}
    </main>
  )
}

/** Pixels of the shown copy per pixel of the photo. */
function shownScale(photo: ShownPhoto | null): number {
  return photo === null ? 1 : photo.shown.width / photo.size.width
}

function scaled({ handle, target }: Drag, scale: number): Drag {
  const point = ({ x, y }: Point) => ({ x: x * scale, y: y * scale })
  return { handle: point(handle), target: point(target) }
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
