"""Measures exported models (export.ts) against diffusers: one step of ours without and with control, of diffusers, and of diffusers with
torch.compile, in turn. Development only.

    python measure.py FOLDER [--cpu] [--rounds N]    every model in FOLDER, ours by Python's onnxruntime: for a machine without Node
    python measure.py FOLDER --serve THREADS         one model; reads commands from Node (torch-process.ts), which runs ours itself

On a GPU, FOLDER has graphs in bfloat16; with `--cpu`, in float32. Weights that are not there yet are written first: random, as many
bytes as those of the model. ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO=1 makes onnxruntime print which attention it chose.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[2] / "parity"))
CHUNK = 1 << 24


def fill(folder, about):
    """As weights.ts: matrices of a size that keeps activations near 1, norms around 1, biases around 0, all cut from one piece of noise."""
    path = folder / "weights.safetensors"
    header = (folder / "weights.header").read_bytes()
    if path.exists() and path.stat().st_size == len(header) + about["dataBytes"]:
        return
    noise = np.random.default_rng(0).standard_normal(CHUNK, dtype=np.float32)
    with open(path, "wb") as file:
        file.write(header)
        place = 0
        for name, entry in json.loads(header[8:]).items():
            place = (place + 7919) % CHUNK
            shape, left = entry["shape"], int(np.prod(entry["shape"]))
            norm = len(shape) == 1 and "norm_" in name and name.endswith(("q.weight", "k.weight"))
            scale = 0.2 if len(shape) == 1 else shape[1] ** -0.5
            start = place
            while left > 0:
                part = noise[start : start + left] * np.float32(scale) + np.float32(1 if norm else 0)
                file.write(part.tobytes() if entry["dtype"] == "F32" else (part.view(np.uint32) >> 16).astype(np.uint16).tobytes())
                left, start = left - len(part), 0


def load_inputs(folder, about):
    from safetensors.numpy import load_file

    tensors = load_file(folder / "inputs.safetensors")
    whole = {name: tensor.astype(np.int64) if name in about["integers"] else tensor for name, tensor in tensors.items()}
    part = lambda prefix: {name.removeprefix(prefix): tensor for name, tensor in whole.items() if name.startswith(prefix)}
    feeds = part("feed.")
    same = dict(hidden_states=np.concatenate([feeds["latents"], feeds["reference"]])[None], encoder_hidden_states=feeds["text"][None])
    if "pooled" in feeds:
        same["pooled_projections"] = feeds["pooled"]
    return feeds, {**same, **part("diffusers.")}


class Diffusers:
    """The model in diffusers, with the same weights."""

    def __init__(self, folder, about, inputs, cpu):
        import diffusers
        import torch
        from safetensors.torch import load_file

        torch.set_grad_enabled(False)
        self.torch, self.about, self.cpu = torch, about, cpu
        self.device = "cpu" if cpu else "cuda"
        dtype = torch.float32 if cpu else torch.bfloat16
        start = time.perf_counter()
        with torch.device("meta"):
            model = getattr(diffusers, about["diffusersClass"])(**about["config"])
        model.load_state_dict(load_file(folder / "weights.safetensors", device=self.device), assign=True)
        self.model = model.eval()
        self.load_s = time.perf_counter() - start
        tensors = {name: torch.from_numpy(value).to(self.device) for name, value in inputs.items()}
        self.control = {name.removeprefix("control."): value for name, value in tensors.items() if name.startswith("control.")}
        half = lambda name, value: value.to(dtype) if value.is_floating_point() and not name.endswith("_ids") and name != "guidance" else value
        self.inputs = {name: half(name, value) for name, value in tensors.items() if not name.startswith("control.")}
        if not cpu:
            # As pipelines pass it: `t.to(latents.dtype) / 1000`.
            self.inputs["timestep"] = (1000 * tensors["timestep"]).to(dtype) / 1000
        if "guidance" not in self.inputs and about["diffusersClass"] != "LongCatImageTransformer2DModel":
            self.inputs["guidance"] = None
        self.compiled = None

    def step(self, compiled=False):
        if compiled and self.compiled is None:
            self.compiled = self.torch.compile(self.model)
        model = self.compiled if compiled else self.model
        start, self.cpu_s = time.perf_counter(), -time.process_time()
        out = model(**self.inputs, return_dict=False)[0]
        self.synchronize()
        self.cpu_s += time.process_time()
        return time.perf_counter() - start, out[0, : self.about["target"]].float().cpu().numpy()

    def controlled(self):
        """The method as an attention processor over diffusers' model: for the result, not for its time."""
        import golden

        kind = golden.Flux2Control if self.about["diffusersClass"] == "Flux2Transformer2DModel" else golden.Control
        before = dict(self.model.attn_processors)
        rope = self.model.pos_embed(self.control["view_positions"].float())
        weight = self.control["inject_weight"].to(self.inputs["hidden_states"].dtype)
        golden.set_control(self.model, self.about["text"], self.about["target"], {**self.control, "inject_weight": weight}, rope, kind)
        result = self.step()[1]
        self.model.set_attn_processor(before)
        return result

    def peak(self):
        """Operations per second of the largest product of square matrices, the best of several."""
        side, type = (2048, self.torch.float32) if self.cpu else (8192, self.torch.bfloat16)
        a, b = (self.torch.randn(side, side, device=self.device, dtype=type) for _ in range(2))
        best = float("inf")
        for _ in range(6):
            self.synchronize()
            start = time.perf_counter()
            a @ b
            self.synchronize()
            best = min(best, time.perf_counter() - start)
        return 2 * side**3 / best

    def synchronize(self):
        if not self.cpu:
            self.torch.cuda.synchronize()


class Ours:
    """The exported graphs by Python's onnxruntime, with the options of gpu-worker/onnx/session-thread.ts."""

    def __init__(self, folder, feeds, cpu):
        import onnxruntime as ort

        self.version, self.feeds, self.sessions, self.load_s = ort.__version__, feeds, {}, {}
        for name in ("plain", "control"):
            options = ort.SessionOptions()
            options.log_severity_level = 3
            options.enable_cpu_mem_arena = False
            options.add_session_config_entry("optimization.disable_specified_optimizers", "ConstantFolding")
            options.add_session_config_entry("session.disable_prepacking", "0" if cpu else "1")
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            if cpu:
                options.intra_op_num_threads = os.cpu_count()
            else:
                # Fails where a node is not on the GPU.
                options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
                options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
            start = time.perf_counter()
            provider = "CPUExecutionProvider" if cpu else "CUDAExecutionProvider"
            self.sessions[name] = ort.InferenceSession(str(folder / f"{name}.onnx"), options, providers=[provider])
            self.load_s[name] = time.perf_counter() - start

    def step(self, name):
        session = self.sessions[name]
        feeds = {value.name: self.feeds[value.name] for value in session.get_inputs()}
        start = time.perf_counter()
        out = session.run(None, feeds)[0]
        return time.perf_counter() - start, out


def relative_error(got, wanted):
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


def memory_gb(cpu):
    if cpu:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    out = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True)
    return int(out.stdout.split()[0]) / 1000 if out.returncode == 0 else float("nan")


def measure(folder, cpu, rounds):
    about = json.loads((folder / "about.json").read_text())
    start = time.perf_counter()
    fill(folder, about)
    print(f"{folder.name}: {about['parameters'] / 1e6:.0f} M parameters in {about['type']}, weights written in {time.perf_counter() - start:.0f} s", flush=True)
    feeds, inputs = load_inputs(folder, about)
    ours = Ours(folder, feeds, cpu)
    first = ours.step("control")[0]
    after_ours = memory_gb(cpu)
    theirs = Diffusers(folder, about, inputs, cpu)
    errors = {"plain": relative_error(ours.step("plain")[1], theirs.step()[1]), "control": relative_error(ours.step("control")[1], theirs.controlled())}
    engines = {
        "ours, plain": lambda: ours.step("plain"), "ours, CTI and PAA": lambda: ours.step("control"),
        "diffusers": lambda: theirs.step(), "diffusers, torch.compile": lambda: theirs.step(compiled=True),
    }
    for step in engines.values():
        step()
    seconds = {name: [] for name in engines}
    for _ in range(rounds):
        for name, step in engines.items():
            seconds[name].append(step()[0])
    peak = theirs.peak()
    result = dict(
        model=folder.name, type=about["type"], onnxruntime=ours.version, torch=theirs.torch.__version__, seconds={name: statistics.median(all) for name, all in seconds.items()},
        floor=about["operations"] / peak, peak=peak, errors=errors, load=ours.load_s, first=first, diffusers_load=theirs.load_s, memory_ours=after_ours, memory_all=memory_gb(cpu),
    )
    floor = result["floor"]
    for name, value in result["seconds"].items():
        print(f"  {name:26} {value:8.4f} s  {value / floor:6.2f} x the floor, {100 * floor / value:4.0f} % of the peak", flush=True)
    print(f"  floor: {floor:.4f} s at {peak / 1e12:.2f} Tflop/s; relative L2 error to diffusers: {errors['plain']:.1e} plain, {errors['control']:.1e} under control")
    print(f"  loaded in {ours.load_s['plain']:.1f} s, first step {first:.2f} s; memory of both our graphs {after_ours:.1f} GB, with diffusers {result['memory_all']:.1f} GB")
    return result


def serve(folder, threads):
    import torch

    torch.set_num_threads(threads)
    about = json.loads((folder / "about.json").read_text())
    feeds, inputs = load_inputs(folder, about)
    theirs = Diffusers(folder, about, inputs, cpu=True)
    answer = lambda **fields: print(json.dumps(fields), flush=True)
    answer(torch=torch.__version__, load=theirs.load_s)
    for line in sys.stdin:
        command, _, file = line.strip().partition(" ")
        if command in ("eager", "compiled"):
            answer(seconds=theirs.step(command == "compiled")[0], cpu=theirs.cpu_s)
        elif command in ("plain", "control"):
            got = np.fromfile(file, np.float32)
            wanted = theirs.step()[1] if command == "plain" else theirs.controlled()
            answer(error=relative_error(got, wanted.reshape(-1)))
        elif command == "peak":
            answer(peak=theirs.peak(), memory=memory_gb(True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve", type=int)
    asked = parser.parse_args()
    if asked.serve is not None:
        serve(asked.folder, asked.serve)
    else:
        results = [measure(path.parent, asked.cpu, asked.rounds) for path in sorted(asked.folder.glob("*/about.json"))]
        (asked.folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
