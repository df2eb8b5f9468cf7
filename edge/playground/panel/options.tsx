/** The model, and the prompt and the advanced options that it reads. */

import { isBackbone, type ModelName, models } from '../../../shared/models.ts'
import type { Draft, DraftOptions } from '../edit/draft.ts'

export type OptionsProps = {
  readonly draft: Draft
  /** The models that may be chosen. */
  readonly offered: readonly ModelName[]
  readonly setPrompt: (prompt: string) => void
  readonly setOptions: (options: DraftOptions) => void
  /** Takes a mask of what changes with the things, or none. */
  readonly setAffects: (file: Blob | null) => void
}

export function Options({ draft, offered, setPrompt, setOptions, setAffects }: OptionsProps) {
  const { options, prompt } = draft
  /** An option with its default value is not sent. */
  const set = (name: keyof DraftOptions, value: unknown) => {
    const { [name]: _, ...rest } = options
    setOptions((value === undefined ? rest : { ...rest, [name]: value }) as DraftOptions)
  }
  const number = (
    name: 'steps' | 'seed' | 'lambda' | 'lambdaUntil' | 'paaUntil' | 'border' | 'feather',
    label: string,
    attributes: object,
  ) => (
    <label>
      <span>{label}</span>
      <input
        type="number"
        placeholder="default"
        value={options[name] ?? ''}
        onChange={({ currentTarget: { value } }) =>
          set(name, value === '' ? undefined : Number(value))
        }
        {...attributes}
      />
    </label>
  )
  const choice = (
    name: keyof DraftOptions,
    label: string,
    values: readonly (readonly [string, string])[],
  ) => (
    <label>
      <span>{label}</span>
      <select
        value={String(options[name] ?? '')}
        onChange={({ currentTarget: { value } }) => set(name, value === '' ? undefined : value)}
      >
        {values.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
  const flag = (name: 'pre' | 'oam', label: string) => (
    <label class="check">
      <input
        type="checkbox"
        checked={options[name] ?? true}
        onChange={({ currentTarget: { checked } }) => set(name, checked ? undefined : false)}
      />
      <span>{label}</span>
    </label>
  )
  const backbone = isBackbone(options.model)
  // The model of a saved edit is shown, whoever may use it.
  const names = offered.includes(options.model) ? offered : [...offered, options.model]
  const titles = names.map((name) => [name, models[name].title] as const)
  return (
    <>
      {choice('model', 'Model', titles)}
      {models[options.model].weights !== null && (
        <label class="prompt">
          <span>Prompt (optional)</span>
          <textarea
            rows={2}
            value={prompt}
            maxLength={10_000}
            placeholder="What the result should show"
            onChange={({ currentTarget: { value } }) => setPrompt(value)}
          />
        </label>
      )}
      <details class="advanced">
        <summary>Expert</summary>
        <div class="fields">
          <label>
            <span>Shadow or reflection (mask file)</span>
            <input
              type="file"
              accept="image/png"
              onChange={({ currentTarget: { files } }) => setAffects(files?.[0] ?? null)}
            />
          </label>
          {draft.affects !== undefined && (
            <button type="button" class="quiet" onClick={() => setAffects(null)}>
              Remove this mask
            </button>
          )}
          {backbone && number('steps', 'Steps', { min: 1, max: 50 })}
          {number('seed', 'Seed', { min: 0 })}
          {backbone && number('lambda', 'Token injection (lambda)', { min: 0, max: 1, step: 0.05 })}
          {backbone &&
            choice('lambdaSchedule', 'Token injection over the steps', [
              ['', 'default'],
              ['cosine', 'falls along a cosine'],
              ['constant', 'the same at every step'],
            ])}
          {backbone &&
            choice('lambdaBy', 'Token injection falls with', [
              ['', 'default'],
              ['step', 'the steps'],
              ['sigma', 'the noise level'],
            ])}
          {backbone &&
            number('lambdaUntil', 'Token injection in the first part of the steps', {
              min: 0,
              max: 1,
              step: 0.05,
            })}
          {backbone &&
            choice('strategy', 'Correspondence', [
              ['', 'default'],
              ['reverse-user', 'reverse, from the drags'],
              ['reverse-inferred', 'reverse, inferred'],
              ['forward-source', 'forward'],
            ])}
          {!backbone &&
            choice('field', 'How drags are blended', [
              ['', 'default'],
              ['rigid', 'things turn and bend'],
              ['inverse-distance', 'by distance alone (paper)'],
            ])}
          {!backbone &&
            choice('shadows', 'Soft shadows', [
              ['', 'default'],
              ['move', 'move with the thing'],
              ['keep', 'stay'],
            ])}
          {choice('profile', 'Profile', [
            ['', 'default'],
            ['paper', 'paper (as published)'],
          ])}
          {backbone &&
            choice('detail', 'Fine detail', [
              ['', 'default'],
              ['photo', 'from the photo, where it fits'],
              ['model', 'only what the model paints'],
            ])}
          {backbone &&
            choice('workingArea', 'What the model sees', [
              ['', 'default'],
              ['photo', 'the whole photo'],
              ['region', 'a crop around the edit'],
              ['auto', 'a crop, if it is at most half the photo'],
            ])}
          {backbone &&
            number('border', 'Edit region around the thing (tokens)', { min: 0, max: 8 })}
          {backbone && number('feather', 'Soft edge (pixels)', { min: 0, max: 32 })}
          {backbone && flag('pre', 'Positional re-encoding (PRE)')}
          {backbone &&
            choice('injected', 'What is injected', [
              ['', 'default'],
              ['joint', 'the attention to all tokens'],
              ['alone', 'the attention to the photo alone'],
            ])}
          {backbone &&
            number('paaUntil', 'Re-encoding and hidden tokens in the first part of the steps', {
              min: 0,
              max: 1,
              step: 0.05,
            })}
          {backbone &&
            choice('preBlocks', 'Re-encoding in', [
              ['', 'default'],
              ['single', 'the single-stream blocks (paper)'],
              ['all', 'all blocks'],
            ])}
          {backbone && flag('oam', 'Overlap-aware mask (OAM)')}
          {backbone &&
            choice('vacated', 'What was where a thing leaves', [
              ['', 'default'],
              ['paper', 'seen by the double-stream blocks (paper)'],
              ['drop', 'never seen'],
              ['keep', 'seen by all blocks'],
            ])}
          {backbone &&
            choice('rim', 'What a thing only touches', [
              ['', 'default'],
              ['keep', 'seen'],
              ['clear', 'not seen'],
            ])}
        </div>
      </details>
    </>
  )
}
