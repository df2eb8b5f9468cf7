/** Inpainting networks that can be downloaded. Nothing of them is part of this project. */

export const inpaintingWeights = {
  'mi-gan': {
    repo: 'andraniksargsyan/migan',
    licence: 'MIT',
    licenceUrl: 'https://github.com/Picsart-AI-Research/MI-GAN/blob/main/LICENSE',
    files: /^(migan_pipeline_v2\.onnx|LICENSE[^/]*|README\.md)$/,
  },
  lama: {
    repo: 'Carve/LaMa-ONNX',
    licence: 'Apache-2.0',
    licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0',
    files: /^(lama_fp32\.onnx|LICENSE[^/]*|README\.md)$/,
  },
}
