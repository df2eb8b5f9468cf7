# The GPU worker. Build from the repository's root:
#   docker build -f infra/gpu-worker.Dockerfile -t contextdrag-worker .
# Run with the weights on a volume (docs/configuration.md has the settings):
#   docker run --gpus all -p 8788:8788 -v /path/to/weights:/weights:ro \
#     -e RUN_PUBLIC_KEYS -e ALLOWED_ORIGINS=https://edge.example -e MODELS=flux1-kontext-dev \
#     -e CHECKPOINT_FLUX1_KONTEXT_DEV=/weights/flux1-kontext-dev contextdrag-worker
# Not built in the project's own CI, which has no Docker; test/infra checks the paths it names.

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Install scripts stay off; what onnxruntime's would fetch comes in its own step below, where it can be checked.
RUN npm ci --omit=dev --ignore-scripts --no-fund --no-audit
RUN rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin \
           node_modules/onnxruntime-node/bin/napi-v6/win32 \
           node_modules/onnxruntime-node/bin/napi-v6/linux/arm64
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install \
 && test -s node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so \
 && test -s node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_shared.so

FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY shared ./shared
COPY gpu-worker ./gpu-worker
RUN useradd --system --uid 10001 --create-home worker && mkdir -p /weights /cache && chown worker /cache
USER worker
VOLUME ["/weights"]
ENV HOST=0.0.0.0 \
    PORT=8788 \
    EXECUTION_PROVIDER=cuda \
    CONTEXTDRAG_CACHE=/cache
EXPOSE 8788
# Loading 24 GB takes minutes on a cold disk; /ping answers 204 meanwhile, which is no fault and no readiness.
HEALTHCHECK --interval=15s --timeout=5s --start-period=15m \
  CMD ["node_modules/.bin/node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/ping').then((r) => process.exit(r.status === 200 ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/node", "--disable-warning=ExperimentalWarning", "gpu-worker/main.ts"]
