"""Makes the golden files of FLUX.2-klein: small random checkpoints in the real folder layout, and what PyTorch, diffusers and transformers
compute with them, from single components to whole edits. Development only; the tests need the files alone.

    pip install -r requirements.txt && python make_golden_flux2.py ../fixtures/golden ../fixtures/tokenizers

With a third argument, a file of self-test-inputs.ts, it only prints the known answer of the worker's self-test.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, Flux2Transformer2DModel
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3ForCausalLM

from golden import Flux2Control, normal, randomise, save, set_control

out, tokenizers = Path(sys.argv[1]), Path(sys.argv[2])
PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"]
PLAIN = ["<think>", "</think>"]
# What Qwen3's template writes for one message of a user, without thinking.
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
PROMPT, MAX_LENGTH = "Move the dog's head 20% to the left; it's a photo-realistic picture.", 512


def bfl_layout(state):
    """The single-file layout of the original release, from diffusers' names: fused qkv, final shift before scale."""
    bfl = {}
    for to, name in [("img_in", "x_embedder"), ("txt_in", "context_embedder"), ("final_layer.linear", "proj_out")]:
        bfl[f"{to}.weight"] = state[f"{name}.weight"]
    for to, name in [("in_layer", "linear_1"), ("out_layer", "linear_2")]:
        bfl[f"time_in.{to}.weight"] = state[f"time_guidance_embed.timestep_embedder.{name}.weight"]
    for name in ("double_stream_modulation_img", "double_stream_modulation_txt", "single_stream_modulation"):
        bfl[f"{name}.lin.weight"] = state[f"{name}.linear.weight"]
    for i in range(2):
        b, d = f"transformer_blocks.{i}", f"double_blocks.{i}"
        for stream, keys in [("img", ("to_q", "to_k", "to_v")), ("txt", ("add_q_proj", "add_k_proj", "add_v_proj"))]:
            bfl[f"{d}.{stream}_attn.qkv.weight"] = torch.cat([state[f"{b}.attn.{key}.weight"] for key in keys])
        for stream, q, k, proj, ff in [("img", "norm_q", "norm_k", "to_out.0", "ff"), ("txt", "norm_added_q", "norm_added_k", "to_add_out", "ff_context")]:
            bfl[f"{d}.{stream}_attn.norm.query_norm.scale"] = state[f"{b}.attn.{q}.weight"]
            bfl[f"{d}.{stream}_attn.norm.key_norm.scale"] = state[f"{b}.attn.{k}.weight"]
            bfl[f"{d}.{stream}_attn.proj.weight"] = state[f"{b}.attn.{proj}.weight"]
            bfl[f"{d}.{stream}_mlp.0.weight"] = state[f"{b}.{ff}.linear_in.weight"]
            bfl[f"{d}.{stream}_mlp.2.weight"] = state[f"{b}.{ff}.linear_out.weight"]
    for i in range(2):
        b, s = f"single_transformer_blocks.{i}.attn", f"single_blocks.{i}"
        bfl[f"{s}.linear1.weight"] = state[f"{b}.to_qkv_mlp_proj.weight"]
        bfl[f"{s}.linear2.weight"] = state[f"{b}.to_out.weight"]
        bfl[f"{s}.norm.query_norm.scale"] = state[f"{b}.norm_q.weight"]
        bfl[f"{s}.norm.key_norm.scale"] = state[f"{b}.norm_k.weight"]
    scale, shift = state["norm_out.linear.weight"].chunk(2)
    bfl["final_layer.adaLN_modulation.1.weight"] = torch.cat([shift, scale])
    return bfl


def small_transformer(joint, seed):
    return randomise(
        Flux2Transformer2DModel(
            patch_size=1, in_channels=16, num_layers=2, num_single_layers=2, attention_head_dim=16, num_attention_heads=2, joint_attention_dim=joint,
            timestep_guidance_channels=256, mlp_ratio=3.0, axes_dims_rope=(4, 4, 4, 4), rope_theta=2000, guidance_embeds=False,
        ),
        seed,
    )


def transformer():
    model = small_transformer(32, 21)
    folder = out / "flux2"
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, max_shard_size="150KB")
    save_file({name: tensor.contiguous() for name, tensor in bfl_layout(model.state_dict()).items()}, out / "flux2-bfl.safetensors")

    text, target, reference = 7, 12, 10
    image_ids = lambda count, first, width, shift: torch.tensor([[first, i // width + shift, i % width + 2 * shift, 0] for i in range(count)])
    txt_ids = torch.tensor([[0, 0, 0, i] for i in range(text)])
    img_ids = torch.cat([image_ids(target, 0, 4, 0), image_ids(reference, 10, 5, 3)])
    inputs = dict(
        hidden_states=normal(1, target + reference, 16, seed=22), encoder_hidden_states=normal(1, text, 32, seed=23),
        timestep=torch.tensor([0.83]), img_ids=img_ids.float(), txt_ids=txt_ids.float(),
    )
    blocks = {}

    def watch(name):
        def hook(_, __, output):
            for i, part in enumerate(output if isinstance(output, tuple) else (output,)):
                blocks[f"{name}.{i}"] = part

        return hook

    handles = [block.register_forward_hook(watch(f"double.{i}")) for i, block in enumerate(model.transformer_blocks)]
    handles += [block.register_forward_hook(watch(f"single.{i}")) for i, block in enumerate(model.single_transformer_blocks)]
    plain = model(**inputs, guidance=None, return_dict=False)[0]
    for handle in handles:
        handle.remove()

    control = dict(
        inject_from=torch.tensor([0, 9, 9, 2, 0, 1, 3, 5, 0, 0, 7, 8]),
        inject_weight=torch.tensor([0, 0.5, 1, 0.3, 0, 0.7, 0.1, 0.5, 0, 0, 0.9, 0.2]),
        view_tokens=torch.tensor([4, 4, 1, 0, 9, 7, 2]),
        view_positions=torch.tensor([[10, 3, 6, 0], [10, 4, 7, 0], [10, 3, 8, 0], [10, 5, 6, 0], [10, 4, 10, 0], [10, 3, 6, 0], [10, 2, 1, 0]]),
        double_view_tokens=torch.tensor([0, 2, 3, 5, 8]),
    )
    view_rope = model.pos_embed(control["view_positions"].float())
    set_control(model, text, target, control, view_rope, Flux2Control)
    controlled = model(**inputs, guidance=None, return_dict=False)[0]
    save(folder, **inputs, sample=plain, **control, controlled=controlled, **{f"block.{k}": v for k, v in blocks.items()})


def small_autoencoder(seed):
    return randomise(
        AutoencoderKLFlux2(
            in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 12, 16, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=64,
        ),
        seed,
    )


def autoencoder():
    model = small_autoencoder(24)
    folder = out / "flux2-kl"
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    x = normal(1, 3, 48, 64, seed=25).clamp(-1, 1)
    mean = model.encode(x).latent_dist.mode()
    shift = model.bn.running_mean.view(1, -1, 1, 1)
    scale = torch.sqrt(model.bn.running_var.view(1, -1, 1, 1) + model.config.batch_norm_eps)
    normalised = (Flux2KleinPipeline._patchify_latents(mean) - shift) / scale
    latents = normal(1, 12, 16, seed=26)
    grid = latents.transpose(1, 2).reshape(1, 16, 3, 4) * scale + shift
    sample = model.decode(Flux2KleinPipeline._unpatchify_latents(grid)).sample
    save(folder, x=x, mean=mean, image_latents=Flux2KleinPipeline._pack_latents(normalised), latents=latents, sample=sample)


def original_autoencoder(folder, quant):
    """A golden autoencoder in the names of the original release, checked with diffusers' own conversion of such files."""
    state = load_file(out / folder / "diffusion_pytorch_model.safetensors")
    config = json.loads((out / folder / "config.json").read_text())
    last = len(config["block_out_channels"]) - 1
    rules = [
        (r"^(quant_conv)\.", r"encoder.\1." if quant else r"\1."),
        (r"^(post_quant_conv)\.", r"decoder.\1." if quant else r"\1."),
        (r"conv_norm_out", "norm_out"),
        (r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}"),
        (r"mid_block\.attentions\.0\.group_norm", "mid.attn_1.norm"),
        (r"mid_block\.attentions\.0\.to_out\.0", "mid.attn_1.proj_out"),
        (r"mid_block\.attentions\.0\.to_", "mid.attn_1."),
        (r"encoder\.down_blocks\.(\d)\.resnets", r"encoder.down.\1.block"),
        (r"encoder\.down_blocks\.(\d)\.downsamplers\.0", r"encoder.down.\1.downsample"),
        (r"decoder\.up_blocks\.(\d)\.resnets", lambda m: f"decoder.up.{last - int(m[1])}.block"),
        (r"decoder\.up_blocks\.(\d)\.upsamplers\.0", lambda m: f"decoder.up.{last - int(m[1])}.upsample"),
        (r"conv_shortcut", "nin_shortcut"),
    ]
    original = {}
    for name, tensor in state.items():
        for pattern, to in rules:
            name = re.sub(pattern, to, name)
        is_attention = "attn_1" in name and name.endswith("weight") and "norm" not in name
        original[name] = (tensor[:, :, None, None] if is_attention else tensor).contiguous()
    lifted = {re.sub(r"^(encoder|decoder)\.((post_)?quant_conv)", r"\2", name): tensor for name, tensor in original.items()}
    back = convert_ldm_vae_checkpoint(dict(lifted), config)
    assert {n: t for n, t in back.items()}.keys() == {n for n in state if not n.startswith("bn.")}
    assert all(torch.equal(back[n].reshape(state[n].shape), state[n]) for n in back)
    save_file(original, out / f"{folder}-original.safetensors")


def tokenizer():
    """A small tokenizer of Qwen's kind, and the ids of some hundred prompts in the chat."""
    prompts = [row["prompt"] for row in json.loads((tokenizers / "prompts.json").read_text())]
    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(prompts, trainers.BpeTrainer(vocab_size=900, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    bpe.add_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    bpe.add_tokens([AddedToken(token, special=False, normalized=False) for token in PLAIN])
    folder = tokenizers / "qwen"
    shutil.rmtree(folder, ignore_errors=True)
    fast = Qwen2TokenizerFast(tokenizer_object=bpe, pad_token="<|endoftext|>", eos_token="<|im_end|>", chat_template=TEMPLATE, model_max_length=131072)
    fast.save_pretrained(folder)
    rows = []
    for prompt in prompts[:200]:
        text = fast.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True, enable_thinking=False)
        encoded = fast(text, padding="max_length", truncation=True, max_length=MAX_LENGTH)
        rows.append(dict(prompt=prompt, ids=encoded["input_ids"][: sum(encoded["attention_mask"])]))
    (tokenizers / "qwen-prompts.json").write_text(json.dumps(rows) + "\n")
    return fast


def small_text(vocabulary, seed):
    config = Qwen3Config(
        vocab_size=vocabulary, hidden_size=16, intermediate_size=24, num_hidden_layers=28, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        rms_norm_eps=1e-6, rope_theta=1e6, max_position_embeddings=1024, tie_word_embeddings=True, eos_token_id=0, bos_token_id=0,
    )
    return randomise(Qwen3ForCausalLM(config), seed)


def text(fast):
    model = small_text(len(fast), 27)
    folder = out / "qwen3"
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    ids = torch.randint(0, len(fast), (1, 40), generator=torch.Generator().manual_seed(28))
    mask = torch.tensor([[1] * 31 + [0] * 9])
    states = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False).hidden_states
    chosen = lambda layers: torch.cat([states[layer] for layer in layers], -1)
    save(folder, input_ids=ids, attention_mask=mask, prompt_embeds=chosen((9, 18, 27)), other_embeds=chosen((0, 1, 4)))


def pipeline(fast):
    """Whole edits of four steps: distilled, and the base model with classifier-free guidance."""
    folder = out / "klein"
    shutil.rmtree(folder, ignore_errors=True)
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0)
    parts = dict(scheduler=scheduler, vae=small_autoencoder(29), text_encoder=small_text(len(fast), 30), tokenizer=fast, transformer=small_transformer(48, 31))
    pipe = Flux2KleinPipeline(**parts, is_distilled=True)
    pipe.set_progress_bar_config(disable=True)
    pipe.save_pretrained(folder)
    width, height = 96, 64
    pixels = (normal(height, width, 3, seed=33) * 60 + 128).clamp(0, 255).to(torch.uint8)
    photo = Image.fromarray(pixels.numpy())
    x = pixels.permute(2, 0, 1).float() / 127.5 - 1
    noise = normal(1, 16, height // 16, width // 16, seed=32)
    tensors = dict(photo=x[None], noise=Flux2KleinPipeline._pack_latents(noise))
    for name, distilled, guidance in [("distilled", True, 1.0), ("base", False, 4.0)]:
        pipe.register_to_config(is_distilled=distilled)
        call = dict(image=photo, prompt=PROMPT, height=height, width=width, num_inference_steps=4, guidance_scale=guidance, latents=noise.clone())
        steps = []

        def keep(_, __, ___, values):
            steps.append(values["latents"].clone()[0])
            return values

        picture = pipe(**call, output_type="pt", callback_on_step_end=keep, callback_on_step_end_tensor_inputs=["latents"]).images
        tensors[f"{name}_steps"], tensors[f"{name}_picture"] = torch.stack(steps), picture
    save(folder, **tensors)
    (folder / "prompt.json").write_text(json.dumps(PROMPT) + "\n")


def sigmas():
    rows = []
    for steps in (1, 2, 4, 8, 50):
        for tokens in (256, 1024, 4056, 4096, 4320):
            scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0)
            values = [1 - i * (1 - 1 / steps) / max(1, steps - 1) for i in range(steps)]
            scheduler.set_timesteps(sigmas=values, mu=compute_empirical_mu(tokens, steps))
            rows.append(dict(steps=steps, tokens=tokens, sigmas=scheduler.sigmas.tolist()))
    (out / "flux2-sigmas.json").write_text(json.dumps(rows) + "\n")


def self_test(file):
    """The known answer of the worker's self-test: mean and root mean square of the first and the last target token."""
    tensors = load_file(file)
    inputs = {name.removeprefix("input."): tensor for name, tensor in tensors.items() if name.startswith("input.")}
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("input.")}
    weights["norm_out.linear.weight"] = torch.cat([weights.pop("norm_out.scale.weight"), weights.pop("norm_out.shift.weight")])
    model = Flux2Transformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=64, num_attention_heads=2, joint_attention_dim=32,
        timestep_guidance_channels=256, mlp_ratio=3.0, axes_dims_rope=(16, 16, 16, 16), rope_theta=2000, guidance_embeds=False,
    )
    model.load_state_dict(weights)
    image_ids = lambda first: [[first, i // 4, i % 4, 0] for i in range(16)]
    moved = image_ids(10)[:14] + [[10, 3, 3, 0]]
    control = dict(
        inject_from=torch.tensor([0] * 15 + [5]), inject_weight=torch.tensor([0.0] * 15 + [inputs["inject_weight"].item()]), view_tokens=torch.tensor(list(range(14)) + [5]),
        double_view_tokens=torch.arange(15),
    )
    view_rope = model.pos_embed(torch.tensor(moved).float())
    set_control(model, 8, 16, control, view_rope, Flux2Control)
    sample = model(
        hidden_states=torch.cat([inputs["latents"], inputs["reference"]])[None], encoder_hidden_states=inputs["text"][None], timestep=torch.tensor([0.7]),
        img_ids=torch.tensor(image_ids(0) + image_ids(10)).float(), txt_ids=torch.tensor([[0, 0, 0, i] for i in range(8)]).float(), guidance=None, return_dict=False,
    )[0][0]
    print([round(float(x), 6) for row in (sample[0], sample[15]) for x in (row.mean(), row.square().mean().sqrt())])


torch.set_grad_enabled(False)
if len(sys.argv) > 3:
    self_test(sys.argv[3])
    sys.exit()
transformer()
autoencoder()
original_autoencoder("kl", quant=False)
original_autoencoder("flux2-kl", quant=True)
words = tokenizer()
text(words)
pipeline(words)
sigmas()
