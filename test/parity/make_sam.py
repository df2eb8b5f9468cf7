"""Makes the golden SAM: random weights of the released form at a small size, exported to the two ONNX files that transformers.js and
optimum use, and what PyTorch computes with them. Development only; the tests need the files alone.

    pip install -r requirements.txt && python make_sam.py ../fixtures/golden/sam
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

out = Path(sys.argv[1])
SIZE, PATCH = 128, 16

vision = SamVisionConfig(
    hidden_size=16, output_channels=16, num_hidden_layers=2, num_attention_heads=2, image_size=SIZE, patch_size=PATCH,
    mlp_dim=32, window_size=4, global_attn_indexes=[1], num_pos_feats=8,
)
prompt = SamPromptEncoderConfig(hidden_size=16, image_size=SIZE, patch_size=PATCH, mask_input_channels=4)
decoder = SamMaskDecoderConfig(
    hidden_size=16, mlp_dim=32, num_hidden_layers=2, num_attention_heads=2, attention_downsample_rate=2, num_multimask_outputs=3,
    iou_head_depth=3, iou_head_hidden_dim=16,
)
torch.manual_seed(0)
model = SamModel(SamConfig(vision_config=vision.to_dict(), prompt_encoder_config=prompt.to_dict(), mask_decoder_config=decoder.to_dict()))
generator = torch.Generator().manual_seed(5)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() >= 2:
            parameter.copy_(noise * parameter[0].numel() ** -0.5 * 1.5)
        elif "norm" in name and name.endswith("weight"):
            parameter.copy_(1 + 0.2 * noise)
        else:
            parameter.copy_(0.2 * noise)
model = model.eval()


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        positional = self.model.get_image_wide_positional_embeddings().repeat(pixel_values.shape[0], 1, 1, 1)
        return self.model.vision_encoder(pixel_values).last_hidden_state, positional


class Decoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_points, input_labels, image_embeddings, image_positional_embeddings):
        sparse, dense = self.model.prompt_encoder(input_points=input_points, input_labels=input_labels, input_boxes=None, input_masks=None)
        masks, scores = self.model.mask_decoder(
            image_embeddings=image_embeddings, image_positional_embeddings=image_positional_embeddings, sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense, multimask_output=True,
        )[:2]
        return scores, masks


(out / "onnx").mkdir(parents=True, exist_ok=True)
WIDTH, HEIGHT = 128, 96
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
photo = np.stack([(x * 2) % 256, (y * 2 + x // 3) % 256, ((x // 16 + y // 16) % 2) * 200], axis=-1).astype(np.uint8)
mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
pixels = torch.zeros(1, 3, SIZE, SIZE)
pixels[0, :, :HEIGHT, :WIDTH] = torch.from_numpy((photo / 255.0 - mean) / std).permute(2, 0, 1).float()
points = torch.tensor([[[[40.0, 30.0], [90.0, 70.0], [10.0, 90.0]]]])
labels = torch.tensor([[[1, 1, 0]]])
with torch.no_grad():
    embeddings, positional = Encoder()(pixels)
    scores, masks = Decoder()(points, labels, embeddings, positional)
    best = int(scores[0, 0].argmax())
    large = torch.nn.functional.interpolate(masks[0, 0, best][None, None], (SIZE, SIZE), mode="bilinear", align_corners=False)
    final = torch.nn.functional.interpolate(large[..., :HEIGHT, :WIDTH], (HEIGHT, WIDTH), mode="bilinear", align_corners=False)[0, 0] > 0

export = dict(dynamo=False, opset_version=18)
torch.onnx.export(Encoder(), (pixels,), out / "onnx" / "vision_encoder.onnx", input_names=["pixel_values"],
                  output_names=["image_embeddings", "image_positional_embeddings"], **export)
torch.onnx.export(Decoder(), (points, labels, embeddings, positional), out / "onnx" / "prompt_encoder_mask_decoder.onnx",
                  input_names=["input_points", "input_labels", "image_embeddings", "image_positional_embeddings"],
                  output_names=["iou_scores", "pred_masks"], dynamic_axes={"input_points": {2: "points"}, "input_labels": {2: "points"}}, **export)
(out / "preprocessor_config.json").write_text(json.dumps({
    "size": {"longest_edge": SIZE}, "pad_size": {"width": SIZE, "height": SIZE}, "image_mean": mean, "image_std": std,
}))
save_file({
    "photo": torch.from_numpy(photo).to(torch.float32), "points": points, "image_embeddings": embeddings.contiguous(),
    "iou_scores": scores.contiguous(), "pred_masks": masks.contiguous(), "mask": final.to(torch.float32).contiguous(),
}, out / "io.safetensors")
print(scores, final.float().mean())
