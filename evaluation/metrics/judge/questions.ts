/**
 * What a judge is asked, in the project's own words: concept preservation and prompt following after
 * Figs. 10 and 11 of the paper, and quality after GoodDrag's GScore. Changing a word makes numbers that
 * cannot be compared with earlier ones.
 */

import type { Message, Part } from './endpoint.ts'

/** The first message of a conversation of two turns: the task, to be summed up before pictures come. */
export const conceptTask = `You judge edited photographs. An editor dragged parts of a photograph: whatever was at a handle should have moved to a target. Your task is to judge concept preservation: does the result still show the same things as the original, apart from the move that was asked for? Whether the drag succeeded does not matter here.

You will see three pictures: first the original; then the drag map, which is the original with a red dot on every handle, a blue dot on every target and a white arrow from one to the other; then the result. The drag map only explains what the editor wanted.

Compare the result with the original in these respects:
1. Things: are the main things (people, animals, objects, buildings) all there? Is any missing, new or turned into something else?
2. Relations: do places, poses, occlusions and contacts between things still make sense?
3. Shape: do the things keep their shape and proportions, without distortion or broken parts?
4. Colour and texture: do tones, light, texture and sharpness match? Are there smears, seams or other artefacts?
5. The whole: do style, light and fine detail fit together?

Give a whole number from 0 to 4:
0 - very poor: structure or style have nothing to do with the original.
1 - poor: some things are alike, but there are serious inconsistencies.
2 - fair: most things can be recognised, with noticeable deviations in shape, colour or texture.
3 - good: mostly consistent, with small differences.
4 - excellent: things, structure, colours, texture and style are practically the same.

When you judge, first describe briefly what you compared. End with one line of the form "Score: N".

Do not judge yet. Did you understand the task? Sum it up, and say step by step how you will proceed.`

/** The same for prompt following. */
export const promptTask = `You judge edited photographs. An editor dragged parts of a photograph: whatever was at a handle should have moved to a target. Your task is to judge prompt following: was the right thing moved, in the right direction, to the right place? The beauty of the result does not matter here.

You will get a text about the photograph and three pictures: first the original; then the drag map, which is the original with a red dot on every handle, a blue dot on every target and a white arrow from one to the other; then the result, with the blue dots at the same targets.

Judge in these respects:
1. The thing: which thing is under the red dot in the original, and does it fit the text? Is it this thing that changed in the result? If another thing did, lower the score.
2. Direction: did it move in the direction of the arrow? A move that is reversed, in another direction or too small to notice is wrong.
3. Target: how far is the part that was under the red dot from the blue dot now? If they coincide, the target is reached. If they are very close, it is nearly reached: a little less. If there is a visible gap, it is reached in part: a middle score. If it is far away, or moved the other way: a low score or zero.

Give a whole number from 0 to 4:
0 - very poor: the wrong thing or the wrong direction, or nothing moved.
1 - poor: something moved, but direction or place are clearly off.
2 - fair: about the right direction, but still far from the target.
3 - good: the right direction, near the target, and plausible.
4 - excellent: the right thing moved exactly as asked, and is at its target.

When you judge, first name the thing, then the direction, then the distance to the blue dot. End with one line of the form "Score: N".

Do not judge yet. Did you understand the task? Sum it up, and say step by step how you will proceed.`

/** GScore's only message. */
export const qualityTask = `Compare an edited photograph (second picture) with its original (first picture), and rate the quality of the edited one: how natural does it look, how well does it keep the integrity of the original, and how free is it of artefacts such as distortions, unnatural colours, blur or pixelation? Rate from 1 to 10: 10 is excellent, an edit that cannot be seen; 1 is poor, with obvious artefacts. Explain your rating, naming what influenced it. Answer in English, and end with one line of the form "Score: N".`

export function text(words: string): Part {
  return { type: 'text', text: words }
}

/** A PNG as a part of a message. */
export function image(png: Buffer): Part {
  return {
    type: 'image_url',
    image_url: { url: `data:image/png;base64,${png.toString('base64')}` },
  }
}

/** A conversation that has come to its pictures. */
export function secondTurn(task: string, plan: string, parts: readonly Part[]): Message[] {
  return [
    { role: 'user', content: task },
    { role: 'assistant', content: plan },
    { role: 'user', content: parts },
  ]
}
