"""Makes the golden files: small random checkpoints in their real folder layouts, and what PyTorch, diffusers and transformers compute
with them. Development only; the tests need the files alone.

    pip install -r requirements.txt && python make_golden.py ../fixtures/golden
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from golden import normal, randomise, save, set_control

out = Path(sys.argv[1])
# Names of embeddings, and of all layers called so.
EMBEDDINGS = ("embed", "shared")


def kl():
    for name, quant, widths, size in [("kl", False, (8, 12, 16, 16), (40, 56)), ("kl-quant", True, (8, 16), (18, 22))]:
        model = AutoencoderKL(
            in_channels=3,
            out_channels=3,
            down_block_types=("DownEncoderBlock2D",) * len(widths),
            up_block_types=("UpDecoderBlock2D",) * len(widths),
            block_out_channels=widths,
            layers_per_block=2,
            latent_channels=4,
            norm_num_groups=4,
            scaling_factor=0.3611,
            shift_factor=0.1159,
            use_quant_conv=quant,
            use_post_quant_conv=quant,
        )
        randomise(model, 1, wide=EMBEDDINGS)
        model.save_pretrained(out / name)
        x = normal(1, 3, *size, seed=2).clamp(-1, 1)
        with torch.no_grad():
            mean = model.encode(x).latent_dist.mode()
            z = normal(*mean.shape, seed=3)
            sample = model.decode(z).sample
            x_odd = normal(1, 3, size[0] + 5, size[1] + 3, seed=11).clamp(-1, 1)
            mean_odd = model.encode(x_odd).latent_dist.mode()
        save(out / name, x=x, mean=mean, z=z, sample=sample, x_odd=x_odd, mean_odd=mean_odd)


def bfl_layout(state):
    """The single-file layout of the original release, from diffusers' names: fused qkv, final shift before scale."""
    bfl = {}

    def copy(to, name):
        for kind in ("weight", "bias"):
            bfl[f"{to}.{kind}"] = state[f"{name}.{kind}"]

    def fuse(to, names):
        for kind in ("weight", "bias"):
            bfl[f"{to}.{kind}"] = torch.cat([state[f"{name}.{kind}"] for name in names])

    copy("img_in", "x_embedder")
    copy("txt_in", "context_embedder")
    for to, name in [("time_in", "timestep"), ("guidance_in", "guidance"), ("vector_in", "text")]:
        copy(f"{to}.in_layer", f"time_text_embed.{name}_embedder.linear_1")
        copy(f"{to}.out_layer", f"time_text_embed.{name}_embedder.linear_2")
    for i in range(2):
        b, d = f"transformer_blocks.{i}", f"double_blocks.{i}"
        copy(f"{d}.img_mod.lin", f"{b}.norm1.linear")
        copy(f"{d}.txt_mod.lin", f"{b}.norm1_context.linear")
        fuse(f"{d}.img_attn.qkv", [f"{b}.attn.{k}" for k in ("to_q", "to_k", "to_v")])
        fuse(f"{d}.txt_attn.qkv", [f"{b}.attn.{k}" for k in ("add_q_proj", "add_k_proj", "add_v_proj")])
        for stream, q, k in [("img", "norm_q", "norm_k"), ("txt", "norm_added_q", "norm_added_k")]:
            bfl[f"{d}.{stream}_attn.norm.query_norm.scale"] = state[f"{b}.attn.{q}.weight"]
            bfl[f"{d}.{stream}_attn.norm.key_norm.scale"] = state[f"{b}.attn.{k}.weight"]
        copy(f"{d}.img_attn.proj", f"{b}.attn.to_out.0")
        copy(f"{d}.txt_attn.proj", f"{b}.attn.to_add_out")
        for stream, ff in [("img", "ff"), ("txt", "ff_context")]:
            copy(f"{d}.{stream}_mlp.0", f"{b}.{ff}.net.0.proj")
            copy(f"{d}.{stream}_mlp.2", f"{b}.{ff}.net.2")
    for i in range(2):
        b, s = f"single_transformer_blocks.{i}", f"single_blocks.{i}"
        copy(f"{s}.modulation.lin", f"{b}.norm.linear")
        fuse(f"{s}.linear1", [f"{b}.attn.{k}" for k in ("to_q", "to_k", "to_v")] + [f"{b}.proj_mlp"])
        copy(f"{s}.linear2", f"{b}.proj_out")
        bfl[f"{s}.norm.query_norm.scale"] = state[f"{b}.attn.norm_q.weight"]
        bfl[f"{s}.norm.key_norm.scale"] = state[f"{b}.attn.norm_k.weight"]
    copy("final_layer.linear", "proj_out")
    for kind in ("weight", "bias"):
        scale, shift = state[f"norm_out.linear.{kind}"].chunk(2)
        bfl[f"final_layer.adaLN_modulation.1.{kind}"] = torch.cat([shift, scale])
    return bfl


def flux():
    model = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=24,
        guidance_embeds=True,
        axes_dims_rope=(4, 6, 6),
    )
    randomise(model, 4, wide=EMBEDDINGS)
    folder = out / "flux1"
    model.save_pretrained(folder, max_shard_size="300KB")
    state = model.state_dict()
    state_copy = {name: tensor.clone() for name, tensor in state.items()}
    save_file({name: tensor.contiguous() for name, tensor in bfl_layout(state).items()}, out / "flux1-bfl.safetensors")
    for kind, dtype in (("bf16", torch.bfloat16), ("f16", torch.float16)):
        (out / f"flux1-{kind}").mkdir(exist_ok=True)
        half = {name: tensor.to(dtype).contiguous() for name, tensor in state.items()}
        save_file(half, out / f"flux1-{kind}" / "diffusion_pytorch_model.safetensors")
        shutil.copy(folder / "config.json", out / f"flux1-{kind}" / "config.json")

    small = {name: tensor.to(torch.float8_e4m3fn).contiguous() for name, tensor in state.items()}
    (out / "flux1-f8").mkdir(exist_ok=True)
    save_file(small, out / "flux1-f8" / "diffusion_pytorch_model.safetensors")
    shutil.copy(folder / "config.json", out / "flux1-f8" / "config.json")

    text, target, reference = 7, 12, 10
    ids = lambda count, first, width, shift: torch.tensor([[first, i // width + shift, i % width + 2 * shift] for i in range(count)]).float()
    txt_ids = ids(text, 0, 3, 1)
    img_ids = torch.cat([ids(target, 0, 4, 0), ids(reference, 1, 5, 3)])
    inputs = dict(
        hidden_states=normal(1, target + reference, 16, seed=5),
        encoder_hidden_states=normal(1, text, 32, seed=6),
        pooled_projections=normal(1, 24, seed=7),
        timestep=torch.tensor([0.83]),
        guidance=torch.tensor([3.0]),
        img_ids=img_ids,
        txt_ids=txt_ids,
    )

    blocks = {}

    def watch(name):
        def hook(_, __, output):
            parts = output if isinstance(output, tuple) else (output,)
            for i, part in enumerate(parts):
                blocks[f"{name}.{i}"] = part

        return hook

    handles = [block.register_forward_hook(watch(f"double.{i}")) for i, block in enumerate(model.transformer_blocks)]
    handles += [block.register_forward_hook(watch(f"single.{i}")) for i, block in enumerate(model.single_transformer_blocks)]
    with torch.no_grad():
        plain = model(**inputs, return_dict=False)[0]
    for handle in handles:
        handle.remove()

    # What the weights of the float8 file give, in float32.
    model.load_state_dict({name: tensor.to(torch.float32) for name, tensor in small.items()})
    with torch.no_grad():
        save(out / "flux1-f8", sample=model(**inputs, return_dict=False)[0])
    model.load_state_dict(state_copy)

    control = dict(
        inject_from=torch.tensor([0, 9, 9, 2, 0, 1, 3, 5, 0, 0, 7, 8]),
        inject_weight=torch.tensor([0, 0.5, 1, 0.3, 0, 0.7, 0.1, 0.5, 0, 0, 0.9, 0.2]),
        view_tokens=torch.tensor([4, 4, 1, 0, 9, 7, 2]),
        view_positions=torch.tensor([[1, 3, 6], [1, 4, 7], [1, 3, 8], [1, 5, 6], [1, 4, 10], [1, 3, 6], [1, 2, 1]]),
        double_view_tokens=torch.tensor([0, 2, 3, 5, 8]),
    )
    view_rope = model.pos_embed(control["view_positions"].float())
    set_control(model, text, target, control, view_rope)
    with torch.no_grad():
        controlled = model(**inputs, return_dict=False)[0]

    # Four steps of the sampler over the controlled model, as the pipeline takes them: only target rows move.
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0)
    mu = target * (1.15 - 0.5) / (4096 - 256) + 0.5 - 256 * (1.15 - 0.5) / (4096 - 256)
    scheduler.set_timesteps(sigmas=torch.linspace(1, 0.25, 4).tolist(), mu=mu)
    latents, ref = inputs["hidden_states"][:, :target], inputs["hidden_states"][:, target:]
    trajectory = []
    with torch.no_grad():
        for t in scheduler.timesteps:
            step = {**inputs, "hidden_states": torch.cat([latents, ref], 1), "timestep": t[None] / 1000}
            v = model(**step, return_dict=False)[0][:, :target]
            latents = scheduler.step(v, t, latents, return_dict=False)[0]
            trajectory.append(latents[0])
    save(folder, **inputs, sample=plain, **control, controlled=controlled, trajectory=torch.stack(trajectory), **{f"block.{k}": v for k, v in blocks.items()})
    save(out / "flux1-bf16", controlled=in_bfloat16(model, inputs, control, view_rope, text, target))


def in_bfloat16(model, inputs, control, view_rope, text, target):
    """The controlled output as pipelines compute it on a GPU: time and guidance are rounded before they are multiplied by 1000."""
    half = lambda x: x.to(torch.bfloat16)
    set_control(model.to(torch.bfloat16), text, target, {**control, "inject_weight": half(control["inject_weight"])}, view_rope)
    tokens = {name: half(inputs[name]) for name in ("hidden_states", "encoder_hidden_states", "pooled_projections")}
    # pipeline_flux_kontext.py: `t.to(latents.dtype) / 1000`.
    with torch.no_grad():
        return model(**{**inputs, **tokens, "timestep": half(1000 * inputs["timestep"]) / 1000}, return_dict=False)[0].float()


def clip():
    config = CLIPTextConfig(
        vocab_size=1054, hidden_size=24, intermediate_size=48, projection_dim=24, num_hidden_layers=2, num_attention_heads=3,
        max_position_embeddings=77, hidden_act="quick_gelu", bos_token_id=1052, eos_token_id=1053, pad_token_id=1053,
    )
    model = randomise(CLIPTextModel(config), 8, wide=EMBEDDINGS)
    model.save_pretrained(out / "clip")
    ids = torch.tensor([[1052, 5, 17, 903] + [1053] * 12])
    with torch.no_grad():
        result = model(input_ids=ids)
    save(out / "clip", input_ids=ids, last_hidden_state=result.last_hidden_state, pooler_output=result.pooler_output)


def t5():
    config = T5Config(
        vocab_size=400, d_model=32, d_kv=8, d_ff=40, num_layers=2, num_heads=4, relative_attention_num_buckets=32,
        relative_attention_max_distance=128, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
    )
    model = randomise(T5EncoderModel(config), 9, wide=EMBEDDINGS)
    model.save_pretrained(out / "t5")
    ids = torch.randint(0, 400, (1, 200), generator=torch.Generator().manual_seed(10))
    with torch.no_grad():
        result = model(input_ids=ids)
    save(out / "t5", input_ids=ids, last_hidden_state=result.last_hidden_state)


def sigmas():
    rows = []
    for steps in (1, 2, 4, 28, 30, 50):
        for tokens in (256, 1024, 4056, 4096):
            scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0)
            m = (1.15 - 0.5) / (4096 - 256)
            scheduler.set_timesteps(sigmas=[1 - i * (1 - 1 / steps) / max(1, steps - 1) for i in range(steps)], mu=tokens * m + 0.5 - 256 * m)
            rows.append(dict(steps=steps, tokens=tokens, sigmas=scheduler.sigmas.tolist()))
    (out / "sigmas.json").write_text(json.dumps(rows) + "\n")


shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)
torch.set_grad_enabled(False)
for make in (kl, flux, clip, t5, sigmas):
    make()
    print(make.__name__)
