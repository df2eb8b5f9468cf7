/** LPIPS against the lpips package, with narrow layers and random weights (test/parity/make_metrics.py). */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { imageFidelity, Lpips } from '../../../../evaluation/metrics/lpips/image-fidelity.ts'
import { ALEXNET_WIDTHS, lpipsGraph } from '../../../../evaluation/metrics/lpips/lpips-graph.ts'
import { planesOf } from '../../../../evaluation/metrics/lpips/planes.ts'
import { resizedPlanes } from '../../../../evaluation/metrics/lpips/resize.ts'
import { TensorRecorder } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { elementCount } from '../../../../gpu-worker/onnx/tensor.ts'
import { relativeError } from '../../../fixtures/graphs.ts'
import { caseOf, dragged, flags, measured, never } from '../../drawn.ts'
import { golden, goldenFolder } from '../golden.ts'

const options = { provider: 'cpu', threads: 1 } as const
const file = goldenFolder('lpips/lpips.safetensors')

test('pictures of any size become 224 x 224 as F.interpolate does it', async () => {
  const { picture, values } = await golden('lpips')
  const { data } = resizedPlanes(planesOf(picture('photo', 'planes')), { width: 224, height: 224 })
  const sixteenth = data.filter((_, at) => at % 16 === 0 && (Math.floor(at / 224) % 224) % 16 === 0)
  expect(relativeError(sixteenth, values('resized'))).toBeLessThan(1e-5)
})

test('the distance is that of the package', async () => {
  const { picture, values } = await golden('lpips')
  const lpips = await Lpips.open(file, options)
  try {
    const distance = await lpips.distance(
      planesOf(picture('photo', 'planes')),
      planesOf(picture('result', 'planes')),
    )
    const [expected = 0] = values('distance')
    expect(expected).toBeGreaterThan(0.01)
    expect(Math.abs(distance / expected - 1)).toBeLessThan(1e-4)
  } finally {
    await lpips.close()
  }
})

test('IF is one less the distance, whole and in parts', async () => {
  const { picture, values } = await golden('lpips')
  const [photo, result] = [picture('photo', 'planes'), picture('result', 'planes')]
  const metric = await imageFidelity(file, options)
  const drags = [dragged([20, 30], [27, 30])]
  const white = flags(photo, (x) => x < 120)
  const of = (kind: 'object' | 'editable' | null) => {
    const mask = kind && { kind, mask: { width: photo.width, height: photo.height, data: white } }
    return metric.measure(measured(caseOf(photo, drags, { mask }), photo, result), never)
  }
  try {
    const whole = 1 - (values('distance')[0] as number)
    const bare = await of(null)
    expect(bare.whole).toBeCloseTo(whole, 4)
    expect(Object.keys(bare)).toEqual(['whole'])
    expect(Object.keys(await of('editable'))).toEqual(['whole', 'background'])
    const parts = await of('object')
    expect(Object.keys(parts)).toEqual(['whole', 's2t', 's2s'])
    // The result is the photo darkened and moved by 7 pixels, as the drag moves the thing.
    expect(parts.s2t).toBeGreaterThan(parts.s2s as number)
  } finally {
    await metric.close()
  }
})

test("at full size, the tensors are those of AlexNet's features and the package's weights", () => {
  const recorder = new TensorRecorder()
  lpipsGraph(recorder, ALEXNET_WIDTHS)
  expect(recorder.size).toBe(5 * 3)
  const sum = [...recorder.values()].reduce((all, { dims }) => all + elementCount(dims), 0)
  // torchvision's alexnet.features has 2,469,696 parameters; one weight for each of 1,152 channels.
  expect(sum).toBe(2_469_696 + 1152)
})

test('another file is named, with what it lacks', async () => {
  const other = join(await mkdtemp(join(tmpdir(), 'contextdrag-lpips-')), 'other.safetensors')
  await writeFile(other, writeSafetensors([{ name: 'w', dims: [1], data: Float32Array.of(1) }]))
  await expect(imageFidelity(other, options)).rejects.toThrow(
    /other\.safetensors: is not the state of lpips\.LPIPS\(net='alex'\): there is no tensor net\.slice1\.0\.weight/,
  )
})
