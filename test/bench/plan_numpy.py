"""The geometry of a plan as plain numpy: coverage, D, hull, W, map, view. Prints milliseconds, medians of 15."""

import json
import sys
import time

import numpy as np

ROWS = COLS = 64
SIDE = 1024


def spread(count):
    i = np.arange(count)
    x = 40 + (i * 197) % 440
    y = 40 + (i * 331) % 944
    handles = np.stack([x, y], 1).astype(float)
    return handles, handles + np.stack([150 + (i * 53) % 90, (i * 29) % 60 - 30], 1)


def rounded(v):
    return np.sign(v) * np.ceil(np.abs(v) - 0.5 - 1e-9)


def field(points, anchors, vectors):
    distance = np.linalg.norm(points[:, None] - anchors[None], axis=2)
    nearest = distance.min(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = (nearest / distance) ** 2
    out = (weights[:, :, None] * vectors[None]).sum(1) / weights.sum(1, keepdims=True)
    hit = distance < 1e-6
    rows = hit.any(1)
    out[rows] = vectors[hit[rows].argmax(1)]
    return out


def hull(points):
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    def chain(sequence):
        out = []
        for p in sequence:
            while len(out) >= 2 and (out[-1][0] - out[-2][0]) * (p[1] - out[-2][1]) - (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0]) <= 0:
                out.pop()
            out.append(p)
        return out
    return np.array(chain(points)[:-1] + chain(points[::-1])[:-1])


def plan(mask, handles, targets):
    coverage = mask.reshape(ROWS, SIDE // ROWS, COLS, SIDE // COLS).sum((1, 3))
    source = coverage * 2 >= (SIDE // ROWS) * (SIDE // COLS)
    s = handles * COLS / SIDE - 0.5
    t = targets * COLS / SIDE - 0.5
    tokens = np.argwhere(source)[:, ::-1].astype(float)
    moved = tokens + field(tokens, s, t - s)
    corners = (moved[:, None] + np.array([[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]])).reshape(-1, 2)
    edge = hull(corners)
    grid = np.stack(np.meshgrid(np.arange(COLS), np.arange(ROWS)), -1).reshape(-1, 2).astype(float)
    a, b = edge, np.roll(edge, -1, 0)
    cross = (b - a)[None, :, 0] * (grid[:, None, 1] - a[None, :, 1]) - (b - a)[None, :, 1] * (grid[:, None, 0] - a[None, :, 0])
    q = grid[(cross >= -1e-9).all(1)]
    p = (q + rounded(field(q, t, s - t))).astype(int)
    ok = (p >= 0).all(1) & (p < [COLS, ROWS]).all(1)
    q, p = q[ok].astype(int), p[ok]
    ok = source[p[:, 1], p[:, 0]]
    q, p = q[ok], p[ok]
    position = np.arange(ROWS * COLS)
    token = position.copy()
    token[q[:, 1] * COLS + q[:, 0]] = p[:, 1] * COLS + p[:, 0]
    landed = np.zeros(ROWS * COLS, bool)
    landed[q[:, 1] * COLS + q[:, 0]] = True
    seen = landed | ~source.ravel()
    changed = np.pad((landed | source.ravel()).reshape(ROWS, COLS), 1)
    region = np.zeros((ROWS, COLS), bool)
    for dy in range(3):
        for dx in range(3):
            region |= changed[dy : dy + ROWS, dx : dx + COLS]
    return len(q), token[seen], position[seen], np.flatnonzero(region)


mask = np.zeros((SIDE, SIDE), np.uint8)
mask[:, :512] = 1
result = {}
for count in map(int, sys.argv[1:]):
    handles, targets = spread(count)
    times = []
    for _ in range(15):
        start = time.perf_counter()
        landed = plan(mask, handles, targets)[0]
        times.append(1000 * (time.perf_counter() - start))
    result[count] = {"milliseconds": sorted(times)[7], "targets": landed}
print(json.dumps(result))
