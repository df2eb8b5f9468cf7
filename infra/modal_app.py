"""The GPU worker on Modal. Python is the deploy script only: what runs is the image of infra/gpu-worker.Dockerfile.

    pip install modal && modal setup
    modal volume create contextdrag-weights
    modal volume put contextdrag-weights weights/ /flux1-kontext-dev      # as fetched by `models fetch`
    modal secret create contextdrag-worker RUN_PUBLIC_KEYS=... ALLOWED_ORIGINS=https://api.your.domain,https://...r2.cloudflarestorage.com
    WORKER=1 modal deploy infra/modal_app.py                              # WORKER=2, ... for more GPUs

Each deployed worker is one container at most, and one entry of the edge's PROVIDERS: a run lives where it was started, and a URL with
several containers behind it would ask another one about it. Make a proxy auth token in Modal's settings and give its halves to the
edge as the secrets that `headers` names:

    {"kind":"http","name":"modal-1","url":"https://WORKSPACE--contextdrag-worker-1.modal.run","models":["flux1-kontext-dev"],
     "headers":{"modal-key":"MODAL_KEY","modal-secret":"MODAL_SECRET"}}

Not run against a Modal account; the SDK (1.6) accepts it. Edge and worker agree on nothing but HTTP.
"""

import os
import subprocess

import modal

WORKER = os.environ.get("WORKER", "1")
GPU = os.environ.get("GPU", "H100")
MODELS = os.environ.get("MODELS", "flux1-kontext-dev")
PORT = 8788
# A run is answered at once and goes on without a request: the container has to outlive the longest one (the edge's RUN_SECONDS).
RUN_SECONDS = 600
# Loading 24 GB from a volume takes minutes.
STARTUP_SECONDS = 900

app = modal.App(f"contextdrag-worker-{WORKER}")
image = modal.Image.from_dockerfile(
    "infra/gpu-worker.Dockerfile", context_dir=".", add_python="3.12"
).dockerfile_commands("USER root")


@app.function(
    image=image,
    gpu=GPU,
    volumes={"/weights": modal.Volume.from_name("contextdrag-weights")},
    secrets=[
        modal.Secret.from_name(
            "contextdrag-worker", required_keys=["RUN_PUBLIC_KEYS", "ALLOWED_ORIGINS"]
        )
    ],
    env={
        "HOST": "0.0.0.0",
        "PORT": str(PORT),
        "EXECUTION_PROVIDER": "cuda",
        "MODELS": MODELS,
        "CHECKPOINT_FLUX1_KONTEXT_DEV": "/weights/flux1-kontext-dev",
        "WORKER": WORKER,
    },
    min_containers=0,
    max_containers=1,
    scaledown_window=RUN_SECONDS + 60,
    timeout=STARTUP_SECONDS + RUN_SECONDS,
)
@modal.concurrent(max_inputs=100)
@modal.web_server(
    PORT,
    startup_timeout=STARTUP_SECONDS,
    label=f"contextdrag-worker-{WORKER}",
    requires_proxy_auth=True,
)
def serve():
    command = ["node_modules/.bin/node", "--disable-warning=ExperimentalWarning", "gpu-worker/main.ts"]
    subprocess.Popen(command, cwd="/app")
