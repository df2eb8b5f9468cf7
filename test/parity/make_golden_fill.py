"""Makes the golden file of FLUX.1-Fill: what diffusers' pipeline computes with the golden transformer, whose first layer reads more.

    pip install -r requirements.txt && python make_golden_fill.py ../fixtures/golden
"""

import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel
from diffusers.pipelines.flux import pipeline_flux_fill

from golden import normal, save

golden = Path(sys.argv[1])
torch.set_grad_enabled(False)
vae = AutoencoderKL.from_pretrained(golden / "kl")
base = FluxTransformer2DModel.from_pretrained(golden / "flux1")
latent = 4 * vae.config.latent_channels
width = 2 * latent + 4 * 64
model = FluxTransformer2DModel.from_config({**base.config, "in_channels": width, "out_channels": latent})
state = base.state_dict()
inner = state["x_embedder.bias"].numel()
state["x_embedder.weight"] = normal(inner, width, seed=41) * width**-0.5
state["x_embedder.bias"] = 0.2 * normal(inner, seed=42)
model.load_state_dict(state)
scheduler = FlowMatchEulerDiscreteScheduler(
    use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0
)
pipe = FluxFillPipeline(
    scheduler=scheduler, vae=vae, text_encoder=None, tokenizer=None, text_encoder_2=None, tokenizer_2=None, transformer=model.eval()
)
# The pipeline draws a sample of the photo's latents; ours are the mean.
pipeline_flux_fill.retrieve_latents = lambda output, **_: output.latent_dist.mode()

rows, cols = 3, 4
image = normal(1, 3, 16 * rows, 16 * cols, seed=43).clamp(-1, 1)
mask = torch.zeros(1, 1, 16 * rows, 16 * cols)
mask[:, :, 5:29, 10:41] = 1
mask[:, :, 30:33, 3] = 1
noise = normal(1, rows * cols, latent, seed=44)
text = normal(1, 7, base.config.joint_attention_dim, seed=45)
pooled = normal(1, base.config.pooled_projection_dim, seed=46)
done = pipe(
    image=(image + 1) / 2,
    mask_image=mask,
    prompt_embeds=text,
    pooled_prompt_embeds=pooled,
    height=16 * rows,
    width=16 * cols,
    num_inference_steps=3,
    guidance_scale=30.0,
    latents=noise,
    output_type="latent",
).images
unpacked = pipe._unpack_latents(done, 16 * rows, 16 * cols, pipe.vae_scale_factor)
decoded = vae.decode(unpacked / vae.config.scaling_factor + vae.config.shift_factor).sample
save(
    golden / "flux1-fill",
    weight=state["x_embedder.weight"],
    bias=state["x_embedder.bias"],
    image=image[0],
    mask=mask[0, 0],
    noise=noise[0],
    text=text[0],
    pooled=pooled,
    latents=done[0],
    decoded=decoded[0],
)
print(done.std(), decoded.std())
