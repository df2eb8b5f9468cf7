/** The tools, and undo and redo. */

import type { Tool } from '../stage/tools.ts'

const TOOLS: readonly { tool: Tool; label: string; title: string; icon: string }[] = [
  {
    tool: 'pick',
    label: 'Select',
    title: 'Click a thing to select it; press and drag to move it',
    icon: 'M5 3l14 8-6 2-3 6z',
  },
  {
    tool: 'box',
    label: 'Box',
    title: 'Draw a box closely around the thing',
    icon: 'M4 6h16v12H4z',
  },
  {
    tool: 'lasso',
    label: 'Lasso',
    title: 'Draw a line around the thing',
    icon: 'M12 4c5 0 9 3 9 6s-4 6-9 6-9-3-9-6 4-6 9-6zm-5 11c-2 2-1 5 2 5',
  },
  {
    tool: 'add',
    label: 'Add',
    title: 'Click on a part that is missing, or brush over it',
    icon: 'M12 5v14M5 12h14',
  },
  {
    tool: 'remove',
    label: 'Remove',
    title: 'Click on a part that does not belong, or brush over it',
    icon: 'M5 12h14',
  },
  {
    tool: 'drag',
    label: 'Drag',
    title: 'Drag one point of a thing to bend or stretch it',
    icon: 'M5 19L18 6m-8 0h8v8',
  },
  {
    tool: 'pin',
    label: 'Pin',
    title: 'Click what should stay where it is',
    icon: 'M12 21v-7m-5 0h10l-2-4V4H9v6z',
  },
  {
    tool: 'pan',
    label: 'View',
    title: 'Move the view; zoom with the wheel or two fingers',
    icon: 'M12 3v18M3 12h18M12 3l-3 3m3-3l3 3M12 21l-3-3m3 3l3-3M3 12l3-3m-3 3l3 3M21 12l-3-3m3 3l-3 3',
  },
]

export type ToolbarProps = {
  readonly tool: Tool
  readonly setTool: (tool: Tool) => void
  readonly canCorrect: boolean
}

/** Undo and redo; null if there is no step. */
export type StepsProps = {
  readonly undo: (() => void) | null
  readonly redo: (() => void) | null
}

export function Toolbar({ tool, setTool, canCorrect }: ToolbarProps) {
  return (
    <div class="toolbar" role="toolbar" aria-label="Tools">
      {TOOLS.map((one) => (
        <button
          type="button"
          key={one.tool}
          class="tool"
          title={one.title}
          aria-pressed={tool === one.tool}
          disabled={one.tool === 'remove' && !canCorrect}
          onClick={() => setTool(one.tool)}
        >
          <Icon path={one.icon} />
          <span>{one.label}</span>
        </button>
      ))}
    </div>
  )
}

export function Steps({ undo, redo }: StepsProps) {
  return (
    <div class="undo">
      <button
        type="button"
        class="quiet"
        title="Undo (Ctrl+Z)"
        aria-label="Undo"
        disabled={undo === null}
        onClick={() => undo?.()}
      >
        <Icon path="M9 7L4 12l5 5M4 12h10a5 5 0 010 10" />
      </button>
      <button
        type="button"
        class="quiet"
        title="Redo (Ctrl+Shift+Z)"
        aria-label="Redo"
        disabled={redo === null}
        onClick={() => redo?.()}
      >
        <Icon path="M15 7l5 5-5 5M20 12H10a5 5 0 000 10" />
      </button>
    </div>
  )
}

function Icon({ path }: { readonly path: string }) {
  return (
    <svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
