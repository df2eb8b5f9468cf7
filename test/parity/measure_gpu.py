"""Runs the exported graphs with onnxruntime's CUDA provider: parity of the small model in bfloat16, unaligned weights, and seconds a step and
memory of the full one at 1024 x 1024 with random weights. `--cpu` runs the small model alone, in float32, to try the script itself.

    node test/parity/export-gpu.ts FOLDER && python test/parity/measure_gpu.py FOLDER [--cpu]
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from safetensors.numpy import load_file

folder = Path(sys.argv[1])
cpu = "--cpu" in sys.argv
providers = ["CPUExecutionProvider"] if cpu else ["CUDAExecutionProvider"]


def session(name):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if not cpu:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    start = time.time()
    made = ort.InferenceSession(str(folder / name), options, providers=providers)
    print(f"{name}: loaded in {time.time() - start:.1f} s")
    return made


def rope(ids, axes=(16, 56, 56)):
    parts = []
    for axis, dim in enumerate(axes):
        frequency = 10000.0 ** (-np.arange(0, dim, 2) / dim)
        parts.append(ids[:, axis, None] * frequency)
    angle = np.concatenate(parts, 1)
    return np.cos(angle)[None].astype(np.float32), np.sin(angle)[None].astype(np.float32)


def bfloat16(x):
    """The nearest bfloat16, ties to even."""
    bits = np.float32(x).view(np.uint32)
    return np.uint32((int(bits) + 0x7FFF + ((int(bits) >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def time_features(sigma):
    """In bfloat16, pipelines pass `1000 sigma / 1000`, and the transformer multiplies by 1000: three roundings."""
    return features(1000 * sigma if cpu else bfloat16(bfloat16(bfloat16(1000 * sigma) / 1000) * 1000))


def guidance_features(scale):
    """Guidance 3 is 3008 in bfloat16."""
    return features(1000 * scale if cpu else bfloat16(bfloat16(scale) * 1000))


def features(thousandfold):
    frequency = np.exp(-np.log(10000.0) * np.arange(128, dtype=np.float32) / 128).astype(np.float32)
    angle = np.float32(thousandfold) * frequency
    return np.concatenate([np.cos(angle), np.sin(angle)])[None].astype(np.float32)


def small():
    io = load_file(folder / "small-io.safetensors")
    axes = (4, 6, 6)
    cos, sin = rope(np.concatenate([io["txt_ids"], io["img_ids"]]), axes)
    view_cos, view_sin = rope(io["view_positions"].astype(np.float64), axes)
    double_cos, double_sin = rope(io["img_ids"][12:][io["double_view_tokens"]].astype(np.float64), axes)
    hidden = io["hidden_states"][0]
    feeds = dict(
        latents=hidden[:12], reference=hidden[12:], text=io["encoder_hidden_states"][0], pooled=io["pooled_projections"],
        time_features=time_features(io["timestep"][0]), guidance_features=guidance_features(io["guidance"][0]), lengths=np.array([7, 12, 10]),
        other_lengths=np.array([7, 10]), stream_lengths=np.array([7, 22]), double_view_cos=double_cos, double_view_sin=double_sin, cos=cos, sin=sin,
        view_index=io["view_tokens"], view_cos=view_cos, view_sin=view_sin, double_view_index=io["double_view_tokens"], inject_from=io["inject_from"],
        inject_weight=io["inject_weight"][:, None], alone_index=np.array([0]),
    )
    got = session("small-f32.onnx" if cpu else "small.onnx").run(None, feeds)[0]
    # The weights are bfloat16 in both; the float32 of `--cpu` is held against diffusers with the float32 weights.
    wanted = (io if cpu else load_file(folder / "small-bf16-io.safetensors"))["controlled"][0]
    error = np.linalg.norm(got - wanted) / np.linalg.norm(wanted)
    print(f"small model under control against diffusers in {'float32' if cpu else 'bfloat16'}: relative L2 error {error:.2e} (2e-2 is allowed)")


def fill(name, header, data):
    """Random bfloat16 around 0.02, written in chunks after the exported header."""
    path = folder / f"{name}.safetensors"
    generator = np.random.default_rng(0)
    # One chunk of noise, written again and again from another place: fast, and no two matrices are alike.
    noise = (generator.standard_normal(1 << 24).astype(np.float32) * 0.02).view(np.uint32)
    half = (noise >> 16).astype(np.uint16)
    with open(path, "wb") as file:
        file.write((folder / f"{name}.header").read_bytes())
        assert file.tell() == header
        left = data
        while left > 0:
            chunk = np.roll(half, int(generator.integers(1 << 24))).tobytes()[:left]
            file.write(chunk)
            left -= len(chunk)


def feeds_for(rows, cols):
    count, text = rows * cols, 512
    generator = np.random.default_rng(1)
    normal = lambda *shape: generator.standard_normal(shape).astype(np.float32)
    at = np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), -1).reshape(-1, 2).astype(np.float64)
    image = lambda first: np.concatenate([np.full((count, 1), first), at], 1)
    cos, sin = rope(np.concatenate([np.zeros((text, 3)), image(0.0), image(1.0)]))
    view_cos, view_sin = rope(image(1.0))
    every = np.arange(count)
    return dict(
        latents=normal(count, 64), reference=normal(count, 64), text=normal(text, 4096), pooled=normal(1, 768), time_features=time_features(0.7),
        guidance_features=guidance_features(3.0), lengths=np.array([text, count, count]),
        other_lengths=np.array([text, count]), stream_lengths=np.array([text, 2 * count]), double_view_cos=view_cos, double_view_sin=view_sin, cos=cos, sin=sin, view_index=every, view_cos=view_cos, view_sin=view_sin,
        double_view_index=every, inject_from=every, inject_weight=np.full((count, 1), 0.5, np.float32), alone_index=np.array([0]),
    )


def gpu_memory():
    out = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True)
    return f"{int(out.stdout.split()[0]) / 1000:.1f} GB" if out.returncode == 0 else "unknown"


def run(name, rows, cols, repeats):
    made = session(f"{name}.onnx")
    feeds = feeds_for(rows, cols)
    times = []
    for _ in range(repeats + 1):
        start = time.time()
        out = made.run(None, feeds)[0]
        times.append(time.time() - start)
    assert np.isfinite(out).all(), f"{name} gave numbers that are not finite"
    print(f"{name} at {16 * cols} x {16 * rows}: first step {times[0]:.2f} s, then {np.median(times[1:]):.3f} s a step, {gpu_memory()} used")


print(f"onnxruntime {ort.__version__}, {providers[0]}")
small()
if not cpu:
    for entry in json.loads((folder / "files.json").read_text()):
        start = time.time()
        fill(entry["name"], entry["header"], entry["data"])
        print(f"{entry['name']}.safetensors: {entry['data'] / 1e9:.1f} GB written in {time.time() - start:.0f} s")
    run("odd", 32, 32, 3)
    run("full", 64, 64, 5)
