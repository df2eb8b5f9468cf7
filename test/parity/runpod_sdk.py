"""RunPod's own SDK as a worker; test/parity/runpod-sdk.ts runs it against our double of RunPod."""

import time

import runpod


def handler(job):
    given = job["input"]
    if given.get("fail"):
        raise ValueError("asked to fail")
    runpod.serverless.progress_update(job, {"step": 1})
    time.sleep(given.get("seconds", 0.2))
    return {"doubled": 2 * given["number"]}


runpod.serverless.start({"handler": handler})
