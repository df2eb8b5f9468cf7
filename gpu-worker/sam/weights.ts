/** Where SAM's ONNX files can be downloaded. */

export const samWeights = {
  'slimsam-77': {
    repo: 'Xenova/slimsam-77-uniform',
    licence: 'Apache-2.0',
    licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0',
    files:
      /^(onnx\/(vision_encoder|prompt_encoder_mask_decoder)\.onnx|(preprocessor_)?config\.json|LICENSE[^/]*|README\.md)$/,
  },
}
