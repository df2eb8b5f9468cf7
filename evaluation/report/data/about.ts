/** What metrics measure, for readers who do not know them. A metric that is not here has no sentence. */

export const aboutMetrics: Readonly<Record<string, string>> = {
  dai: 'GoodDrag’s drag accuracy: how much the patch at the target differs from the one that was at the handle, by radius in pixels. “code” divides by the number of points once more, as the published code does.',
  background:
    'Where nothing should change: likeness to the photo in decibels (100 is equal), and how many pixels changed.',
  template: 'How far from its target the patch of the handle is found again, in pixels.',
  halo: 'Rims around what moved.',
  blockiness: 'Steps at the borders of tokens against steps elsewhere.',
  detail: 'Fine detail against that of the photo: 1 is right, less is blurred.',
  'drag-back': 'The result is dragged back, and compared with the photo.',
  truth:
    'Against the known right answer: at the thing’s rim, inside it, at the place that it left, and outside.',
}
