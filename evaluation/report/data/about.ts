/**
 * What metrics measure, for readers who do not know them; docs/metrics.md has their traps. A metric that
 * is not here has no sentence.
 */

export const aboutMetrics: Readonly<Record<string, string>> = {
  truth:
    'Against the known right answer: at the thing’s rim, inside it, at the place that it left, and outside. Error is the mean difference of colours (0 to 255), psnr is in decibels, detailOff in octaves.',
  dai: 'GoodDrag’s drag accuracy: how much the patch at the target differs from the one that was at the handle, by radius in pixels. “code” divides by the number of points once more, as GoodDrag’s published code does.',
  background:
    'Where nothing should change: likeness to the photo in decibels (100 is equal), and the share of changed pixels. Doing nothing is perfect here.',
  template:
    'How far from its target the patch of the handle is found again, in pixels, and how alike it is at the target.',
  halo: 'How much of the background around the thing came along with it: 0 is none.',
  blockiness: 'Steps at the borders of tokens against steps elsewhere: 1 is none.',
  detail:
    'Fine structures, in octaves: of the landed thing against the thing in the photo, of the vacated place against the photo around it. 0 is right.',
  'drag-back':
    'The result is dragged back, and compared with the photo, in decibels. Doing nothing is perfect here.',
  'sam-features':
    'Where the handle is found again by the features of SAM’s encoder, in pixels; how alike thing and landed thing are (s2t), and how alike the old place still is (s2s). This is not the MD of papers.',
  if: 'Image fidelity, 1 - LPIPS on AlexNet: whole, as papers print it, and of parts. Doing nothing is perfect here.',
  'md-dragdiffusion':
    'The mean distance that DragDiffusion published, in pixels, on features of Stable Diffusion 2.1; a mean over points.',
  'md-regiondrag':
    'The mean distance that RegionDrag and Inpaint4Drag published, in percent of the picture’s sides. Not comparable with the other one.',
  judge:
    'Concept preservation and prompt following by a multimodal model, 0 to 1, after the paper’s questions in our own words.',
  gscore: 'How natural the result looks to a multimodal model, 1 to 10.',
}
