"""Makes the golden files of the metrics: small random pictures, features and networks, and what the published formulas and PyTorch give.
Written from the descriptions of the metrics, not from their code. Development only; the tests need the files alone.

    pip install -r requirements.txt && python make_metrics.py ../fixtures/golden/metrics
"""

import shutil
import sys
from pathlib import Path

import lpips
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from golden import normal, randomise, save

out = Path(sys.argv[1])


def pixels():
    """DAI by numpy's slices, and template matching by trying every place."""
    width, height = 64, 48
    rng = np.random.default_rng(1)
    photo = rng.integers(0, 256, (height, width, 3)).astype(np.float64)
    result = rng.integers(0, 256, (height, width, 3)).astype(np.float64)
    # The thing lands two pixels short of its target, a little darker.
    result[10:31, 30:51] = 0.8 * photo[14:35, 6:27]
    result = np.round(result)
    points = np.array([[16, 24, 42, 20], [3, 4, 60, 45], [50, 40, 50, 40]])
    radii = [1, 5, 10, 20]
    dai = []
    for radius in radii:
        pad = lambda image: np.pad(image / 255, ((radius, radius), (radius, radius), (0, 0)))
        before, after = pad(photo), pad(result)
        patch = lambda image, x, y: image[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        sums = [np.sum((patch(before, hx, hy) - patch(after, tx, ty)) ** 2) for hx, hy, tx, ty in points]
        dai.append(np.sum(sums) / len(points) / (2 * radius + 1) ** 2)

    reach = 6
    hx, hy, tx, ty = points[0]
    centred = lambda patch: patch - patch.mean((0, 1))
    around = lambda image, x, y: centred(image[y - reach : y + reach + 1, x - reach : x + reach + 1])
    wanted = around(photo, hx, hy)
    scores = np.full((height, width), -np.inf)
    for y in range(reach, height - reach):
        for x in range(reach, width - reach):
            patch = around(result, x, y)
            scores[y, x] = np.sum(wanted * patch) / np.sqrt(np.sum(wanted**2) * np.sum(patch**2))
    row, col = np.unravel_index(scores.argmax(), scores.shape)
    f32 = lambda values: torch.tensor(np.array(values), dtype=torch.float32)
    save(out / "pixels", photo=f32(photo), result=f32(result), points=f32(points), dai=f32(dai), found=f32([col, row]), at_target=f32([scores[ty, tx]]))


def matching():
    """The three ways of matching features, on random ones: the first whose matches are not within half a cell of the frame, where
    interpolation is constant and rounding decides."""
    for seed in range(100, 200):
        if matching_of(seed):
            return


def matching_of(seed):
    channels, rows, cols, height, width = 12, 6, 7, 45, 50
    before, after = normal(1, channels, rows, cols, seed=seed), normal(1, channels, rows, cols, seed=2 * seed)
    points = torch.tensor([[5, 6, 40, 33], [49, 44, 0, 0], [20, 20, 22, 21], [31, 2, 31, 2]])
    mask = torch.rand(height, width, generator=torch.Generator().manual_seed(3)) > 0.7
    size = (height, width)
    smooth = [F.interpolate(x, size, mode="bilinear") for x in (before, after)]
    plain, masked, discs = [], [], []
    for hx, hy, tx, ty in points.tolist():
        cosines = F.cosine_similarity(smooth[0][:, :, hy, hx][..., None, None], smooth[1], dim=1)[0]
        for distances, values in ((plain, cosines), (masked, cosines.masked_fill(~mask, -torch.inf))):
            y, x = divmod(values.argmax().item(), width)
            if not (4 <= y < height - 4 and 4 <= x < width - 4):
                return False
            distances.append(((tx - x) ** 2 + (ty - y) ** 2) ** 0.5)
        blocky = [F.normalize(F.interpolate(x, size), dim=1)[0] for x in (before, after)]
        products = torch.einsum("c,chw->hw", blocky[0][:, hy, hx], blocky[1])
        ys, xs = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        radius = max(5, ((hx - tx) ** 2 + (hy - ty) ** 2) ** 0.5 / 2**0.5)
        near = lambda px, py: ((xs - px) ** 2 + (ys - py) ** 2).sqrt() < radius
        y, x = divmod(products.masked_fill(~(near(hx, hy) | near(tx, ty)), -torch.inf).argmax().item(), width)
        discs.append((((tx - x) / width) ** 2 + ((ty - y) / height) ** 2) ** 0.5)
    save(
        out / "matching", before=before[0], after=after[0], points=points.float(), mask=mask.float(), cosines=cosines,
        plain=torch.tensor(plain), masked=torch.tensor(masked), discs=torch.tensor(discs),
    )
    return True


def similarity():
    """LPIPS by the lpips package, with narrower layers than AlexNet's."""
    model = lpips.LPIPS(net="alex", pretrained=False, pnet_rand=True, verbose=False)
    widths = [3, 8, 12, 16, 12, 12]
    kernels = [(11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1)]
    for name, layer, i in [("slice1", "0", 0), ("slice2", "3", 1), ("slice3", "6", 2), ("slice4", "8", 3), ("slice5", "10", 4)]:
        size, stride, padding = kernels[i]
        getattr(model.net, name)._modules[layer] = torch.nn.Conv2d(widths[i], widths[i + 1], size, stride, padding)
        lin = torch.nn.Conv2d(widths[i + 1], 1, 1, bias=False)
        setattr(getattr(model, f"lin{i}"), "model", torch.nn.Sequential(torch.nn.Dropout(), lin))
        model.lins[i] = getattr(model, f"lin{i}")
    model.chns = widths[1:]
    randomise(model, 4)
    for i in range(5):
        weight = getattr(model, f"lin{i}").model[1].weight
        weight.copy_(weight.abs())
    folder = out / "lpips"
    folder.mkdir(parents=True)
    state = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "lpips.safetensors")
    photo = (torch.rand(1, 3, 60, 240, generator=torch.Generator().manual_seed(5)) * 255).round()
    photo = F.avg_pool2d(photo, 3, 1, 1).round()
    result = (photo * 0.8 + 20).round().roll(7, 3)
    resize = lambda image: F.interpolate(image / 127.5 - 1, (224, 224), mode="bilinear")
    distance = model(resize(photo), resize(result))
    save(folder, photo=photo[0], result=result[0], resized=resize(photo)[0, :, ::16, ::16], distance=distance.flatten())


def dift():
    """Features of a small Stable Diffusion 2: autoencoder, text encoder, and the UNet up to its second up block."""
    folder = out / "dift"
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(4, 8, 8, 12), layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",), up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        attention_head_dim=(1, 2, 4, 3), cross_attention_dim=20, norm_num_groups=4, use_linear_projection=True, upcast_attention=True,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, block_out_channels=(4, 4, 8, 8),
        layers_per_block=2, latent_channels=4, norm_num_groups=2, scaling_factor=0.18215,
    )
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=1054, hidden_size=20, intermediate_size=40, projection_dim=20, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=77, hidden_act="gelu", bos_token_id=1052, eos_token_id=1053, pad_token_id=0,
    ))
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        prediction_type="v_prediction",
    )
    for name, model, seed in [("unet", unet, 6), ("vae", vae, 7), ("text_encoder", text, 8)]:
        randomise(model, seed, wide=("token_embedding", "position_embedding"))
        model.save_pretrained(folder / name)
    scheduler.save_pretrained(folder / "scheduler")

    ids = torch.tensor([[1052, 5, 17, 903, 1053] + [0] * 11])
    encoded = text(input_ids=ids)[0]
    outputs = []
    unet.up_blocks[1].register_forward_hook(lambda _, __, output: outputs.append(output))
    run = lambda latents: (unet(latents, torch.tensor(261), encoded), outputs.pop())[1]

    # 64 x 72 pixels: 8 x 9 latents, which three halvings do not divide.
    image = normal(1, 3, 64, 72, seed=9).clamp(-1, 1)
    posterior = vae.encode(image).latent_dist
    draws, noises = normal(2, 4, 8, 9, seed=10), normal(2, 4, 8, 9, seed=11)
    features = []
    for draw, noise in zip(draws, noises):
        latents = (posterior.mean + posterior.std * draw) * vae.config.scaling_factor
        features.append(run(scheduler.add_noise(latents, noise[None], torch.tensor([261]))))
    even = normal(1, 4, 16, 8, seed=12)
    save(
        folder, input_ids=ids, encoded=encoded, image=image, mean=posterior.mean, std=posterior.std, draws=draws, noises=noises,
        features=torch.stack(features).mean(0), even=even, even_features=run(even), alpha=scheduler.alphas_cumprod[261:262],
    )


shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)
torch.set_grad_enabled(False)
for make in (pixels, matching, similarity, dift):
    make()
    print(make.__name__)
