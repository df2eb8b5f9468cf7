"""Makes the golden files of LongCat-Image-Edit: small random checkpoints in the real folder layout, and what PyTorch, diffusers and
transformers compute with them, from single components to whole edits. Development only; the tests need the files alone.

    pip install -r requirements.txt && python make_golden_longcat.py ../fixtures/golden ../fixtures/tokenizers

With a third argument, a file of self-test-inputs.ts, it only prints the known answer of the worker's self-test.
"""

import json
import random
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, LongCatImageEditPipeline, LongCatImageTransformer2DModel
from diffusers.pipelines.longcat_image import pipeline_longcat_image_edit
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2TokenizerFast,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

from golden import normal, randomise, save, set_control

out, tokenizers = Path(sys.argv[1]), Path(sys.argv[2])
NORMS = ("norm", "ln_q")
PROMPT = "Move the dog's head 20% to the left; the sign says \"Don’t run, 慢走\"."
PICTURE = dict(width=96, height=64)
# Several windows of blocks from a small picture.
PIXELS = dict(min_pixels=112 * 112, max_pixels=28 * 28 * 1280)


def fresh(name):
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def small_transformer(channels, joint, seed):
    return randomise(
        LongCatImageTransformer2DModel(
            patch_size=1, in_channels=channels, num_layers=2, num_single_layers=2, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=joint, pooled_projection_dim=joint, axes_dims_rope=[4, 6, 6],
        ),
        seed,
        norms=NORMS,
    )


def transformer():
    model = small_transformer(16, 32, 41)
    folder = fresh("longcat")
    model.save_pretrained(folder, max_shard_size="200KB")
    text, target, reference = 7, 12, 10
    image_ids = lambda count, first, width, shift: torch.tensor([[first, text + i // width + shift, text + i % width + 2 * shift] for i in range(count)])
    inputs = dict(
        hidden_states=normal(1, target + reference, 16, seed=42), encoder_hidden_states=normal(1, text, 32, seed=43),
        timestep=torch.tensor([0.83]), img_ids=torch.cat([image_ids(target, 1, 4, 0), image_ids(reference, 2, 5, 3)]).float(),
        txt_ids=torch.tensor([[0, i, i] for i in range(text)]).float(),
    )
    blocks = {}

    def watch(name):
        def hook(_, __, output):
            blocks[f"{name}.text"], blocks[f"{name}.image"] = output

        return hook

    handles = [block.register_forward_hook(watch(f"double.{i}")) for i, block in enumerate(model.transformer_blocks)]
    handles += [block.register_forward_hook(watch(f"single.{i}")) for i, block in enumerate(model.single_transformer_blocks)]
    plain = model(**inputs, return_dict=False)[0]
    for handle in handles:
        handle.remove()
    control = dict(
        inject_from=torch.tensor([0, 9, 9, 2, 0, 1, 3, 5, 0, 0, 7, 8]),
        inject_weight=torch.tensor([0, 0.5, 1, 0.3, 0, 0.7, 0.1, 0.5, 0, 0, 0.9, 0.2]),
        view_tokens=torch.tensor([4, 4, 1, 0, 9, 7, 2]),
        view_positions=torch.tensor([[2, 10, 13], [2, 11, 14], [2, 10, 15], [2, 12, 13], [2, 11, 17], [2, 10, 13], [2, 9, 8]]),
        double_view_tokens=torch.tensor([0, 2, 3, 5, 8]),
    )
    set_control(model, text, target, control, model.pos_embed(control["view_positions"].float()))
    controlled = model(**inputs, return_dict=False)[0]
    save(folder, **inputs, sample=plain, **control, controlled=controlled, **{f"block.{key}": value for key, value in blocks.items()})


def small_text(vocabulary, image, width, seed):
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=vocabulary, hidden_size=width, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
            rms_norm_eps=1e-6, max_position_embeddings=2048, bos_token_id=0, eos_token_id=0,
            rope_parameters=dict(rope_type="default", rope_theta=1e6, mrope_section=[2, width // 8 - 2, width // 8]),
        ),
        vision_config=dict(depth=3, hidden_size=16, intermediate_size=20, num_heads=2, out_hidden_size=width, fullatt_block_indexes=[1]),
        image_token_id=image,
    )
    return randomise(Qwen2_5_VLForConditionalGeneration(config), seed, norms=NORMS)


def positions(model, input_ids, attention_mask, image_grid_thw):
    """Positions as in transformers 4, with which the models were trained. transformers 5 has the same, but 0 for padding, and only if it is
    given the types of the tokens; the pipeline does not, and text and picture then count on in one line (diffusers issue 14194)."""
    types = (input_ids == model.config.image_token_id).int()
    ids, _ = model.model.get_rope_index(input_ids, mm_token_type_ids=types, image_grid_thw=image_grid_thw, attention_mask=attention_mask)
    ids[:, attention_mask == 0] = 1
    return ids


def text():
    model = small_text(300, 290, 32, 44)
    folder = fresh("qwen2_5-vl")
    model.save_pretrained(folder)
    # 6 x 10 patches: 15 blocks in two windows, the second narrower.
    grid = torch.tensor([[1, 6, 10]])
    ids = torch.randint(0, 290, (1, 60), generator=torch.Generator().manual_seed(45))
    ids[:, 9:24] = 290
    mask = torch.tensor([[1] * 31 + [0] * 20 + [1] * 9])
    pixels = normal(60, 3 * 2 * 14 * 14, seed=46)
    inputs = dict(input_ids=ids, attention_mask=mask, pixel_values=pixels, image_grid_thw=grid)
    ids3 = positions(model, ids, mask, grid)
    result = model(**inputs, position_ids=ids3, output_hidden_states=True).hidden_states[-1]
    # What transformers 5 makes of the same call without positions.
    flat = torch.arange(60).expand(3, 60)
    in_line = model(**inputs, output_hidden_states=True).hidden_states[-1]
    save(folder, **inputs, last_hidden_state=result, mrope_positions=ids3[:, 0], flat_positions=flat, flat_hidden_state=in_line)


def words():
    return Qwen2TokenizerFast.from_pretrained(tokenizers / "qwen")


def processor(fast):
    return Qwen2VLProcessor(image_processor=Qwen2VLImageProcessor(**PIXELS), tokenizer=fast, video_processor=Qwen2VLVideoProcessor())


def photo_of(width, height, seed):
    pixels = (normal(height, width, 3, seed=seed) * 60 + 128).clamp(0, 255).to(torch.uint8)
    return pixels, Image.fromarray(pixels.numpy())


def tensor_of(pixels):
    return pixels.permute(2, 0, 1).float()[None] / 127.5 - 1


def parts(fast):
    autoencoder = AutoencoderKL(
        in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8), layers_per_block=1, latent_channels=16, norm_num_groups=4, scaling_factor=0.3611, shift_factor=0.1159,
        use_quant_conv=False, use_post_quant_conv=False,
    )
    scheduler = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096, shift=3.0
    )
    encoder = small_text(len(fast), fast.convert_tokens_to_ids("<|image_pad|>"), 32, 47)
    return dict(
        scheduler=scheduler, vae=randomise(autoencoder, 48, norms=NORMS), text_encoder=encoder, tokenizer=fast, text_processor=processor(fast),
        transformer=small_transformer(64, 32, 49),
    )


def pipeline(fast):
    """Whole edits of four steps, with and without classifier-free guidance."""
    folder = fresh("longcat-edit")
    pipe = LongCatImageEditPipeline(**parts(fast))
    pipe.set_progress_bar_config(disable=True)
    pipe.save_pretrained(folder)
    (folder / "text_processor").mkdir(exist_ok=True)
    for file in (folder / "text_processor").iterdir():
        if not file.name.startswith(("preprocessor", "processor")):
            file.unlink()
    # As the released checkpoint has it, from transformers 4.
    pixels_of = dict(PIXELS, image_processor_type="Qwen2VLImageProcessor", patch_size=14, merge_size=2, temporal_patch_size=2)
    processing = pipe.text_processor.image_processor
    pixels_of.update(image_mean=list(processing.image_mean), image_std=list(processing.image_std), do_resize=True, do_rescale=True, do_normalize=True)
    (folder / "text_processor" / "preprocessor_config.json").write_text(json.dumps(pixels_of, indent=2) + "\n")
    pipeline_longcat_image_edit.calculate_dimensions = lambda *_: (PICTURE["width"], PICTURE["height"])
    forward = pipe.text_encoder.forward

    def with_positions(**call):
        ids = positions(pipe.text_encoder, call["input_ids"], call["attention_mask"], call["image_grid_thw"])
        return forward(**call, position_ids=ids)

    pipe.text_encoder.forward = with_positions
    pixels, photo = photo_of(**PICTURE, seed=50)
    noise = normal(1, PICTURE["width"] // 16 * PICTURE["height"] // 16, 64, seed=51)
    tensors = dict(photo=tensor_of(pixels), noise=noise)
    step = pipe.scheduler.step
    for name, guidance in [("turbo", 1.0), ("edit", 4.5)]:
        steps = []

        def keep(*args, **kwargs):
            result = step(*args, **kwargs)
            steps.append(result[0].clone()[0])
            return result

        pipe.scheduler.step = keep
        picture = pipe(photo, PROMPT, num_inference_steps=4, guidance_scale=guidance, latents=noise.clone(), output_type="pt").images
        tensors[f"{name}_steps"], tensors[f"{name}_picture"] = torch.stack(steps), picture
    tensors["prompt_embeds"] = pipe.encode_prompt(PROMPT, pipe.image_processor.resize(photo, PICTURE["height"] // 2, PICTURE["width"] // 2))[0]
    save(folder, **tensors)
    (folder / "prompt.json").write_text(json.dumps(PROMPT) + "\n")


def pictures(fast):
    """What the encoder sees of photos: halved by Pillow, resized and cut into patches by transformers."""
    folder = fresh("longcat-pictures")
    # Limits that three of the four pictures meet.
    prepare = Qwen2VLImageProcessor(min_pixels=2 * 28 * 28, max_pixels=3 * 28 * 28)
    tensors = {}
    for name, width, height in [("wide", 112, 64), ("tall", 48, 96), ("square", 104, 104), ("tiny", 40, 36)]:
        pixels, photo = photo_of(width, height, len(name))
        half = photo.resize((width // 2, height // 2), Image.Resampling.LANCZOS)
        made = prepare(images=half, return_tensors="pt")
        tensors[f"{name}.photo"] = tensor_of(pixels)
        # A patch has both moments, which are the same.
        tensors[f"{name}.pixel_values"] = made["pixel_values"].unflatten(1, (3, 2, 196))[:, :, 0].flatten(1)
        tensors[f"{name}.image_grid_thw"] = made["image_grid_thw"]
    save(folder, **tensors)


def prompts(fast):
    """Token ids of 200 prompts, as the pipeline makes them: what is in quotes character by character."""
    plain = [row["prompt"] for row in json.loads((tokenizers / "prompts.json").read_text())]
    quotes = [("'", "'"), ('"', '"'), ("‘", "’"), ("“", "”")]
    choose = random.Random(1)
    quoted = []
    for prompt in [text for text in plain if 12 < len(text) < 200]:
        left, right = choose.choice(quotes)
        at, to = sorted(choose.sample(range(len(prompt) + 1), 2))
        quoted.append(prompt[:at] + left + prompt[at:to] + right + prompt[to:])
    special = ["'", "''", "'a", '"a" and "b"', "it's 'it's' it's", "say “你好，世界” now", "‘nested “quotes” here’", "rock'n'roll 'n' \"x\ny\"", "' then it's", "\"🙂👍🏽\""]
    kept = []
    for prompt in special + quoted + plain:
        # With two such words upstream restores a random one of them in the place of both.
        if len(set(re.findall(r"[a-zA-Z]+'[a-zA-Z]+", prompt))) <= 1 and "<|" not in prompt and prompt not in kept:
            kept.append(prompt)
    pipe = LongCatImageEditPipeline(**parts(fast))
    calls = []

    class Result:
        hidden_states = [torch.zeros(1, 2000, 1)]

    def forward(**call):
        calls.append(call)
        return Result()

    pipe.text_encoder.forward = forward
    _, photo = photo_of(56, 56, 1)
    after = fast(pipe.prompt_template_encode_suffix, add_special_tokens=False)["input_ids"]
    rows = []
    for prompt in kept[:200]:
        pipe._encode_prompt([prompt], photo)
        ids, mask = calls[-1]["input_ids"][0], calls[-1]["attention_mask"][0]
        rows.append(dict(prompt=prompt, ids=ids[mask == 1].tolist(), first=ids.tolist()[: len(ids) - 512 - len(after)]))
    assert len(rows) == 200 and len({tuple(row["first"]) for row in rows}) == 1
    first = rows[0]["first"]
    body = [dict(prompt=row["prompt"], ids=row["ids"][len(first) : -len(after)]) for row in rows]
    (tokenizers / "longcat-prompts.json").write_text(json.dumps(dict(before=first, after=after, prompts=body)) + "\n")


def self_test(file):
    """The known answer of the worker's self-test: mean and root mean square of the first and the last target token."""
    tensors = load_file(file)
    inputs = {name.removeprefix("input."): tensor for name, tensor in tensors.items() if name.startswith("input.")}
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("input.")}
    for kind in ("weight", "bias"):
        weights[f"norm_out.linear.{kind}"] = torch.cat([weights.pop(f"norm_out.scale.{kind}"), weights.pop(f"norm_out.shift.{kind}")])
    model = LongCatImageTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=64, num_attention_heads=2, joint_attention_dim=32,
        pooled_projection_dim=32, axes_dims_rope=[16, 24, 24],
    )
    model.load_state_dict(weights)
    image_ids = lambda first: [[first, 8 + i // 4, 8 + i % 4] for i in range(16)]
    control = dict(
        inject_from=torch.tensor([0] * 15 + [5]), inject_weight=torch.tensor([0.0] * 15 + [inputs["inject_weight"].item()]), view_tokens=torch.tensor(list(range(14)) + [5]),
        double_view_tokens=torch.arange(15),
    )
    set_control(model, 8, 16, control, model.pos_embed(torch.tensor(image_ids(2)[:14] + [[2, 11, 11]]).float()))
    sample = model(
        hidden_states=torch.cat([inputs["latents"], inputs["reference"]])[None], encoder_hidden_states=inputs["text"][None], timestep=torch.tensor([0.7]),
        img_ids=torch.tensor(image_ids(1) + image_ids(2)).float(), txt_ids=torch.tensor([[0, i, i] for i in range(8)]).float(), return_dict=False,
    )[0][0]
    print([round(float(x), 6) for row in (sample[0], sample[15]) for x in (row.mean(), row.square().mean().sqrt())])


torch.set_grad_enabled(False)
if len(sys.argv) > 3:
    self_test(sys.argv[3])
    sys.exit()
qwen = words()
transformer()
text()
pictures(qwen)
prompts(qwen)
pipeline(qwen)
