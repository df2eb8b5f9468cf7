"""Makes the golden pictures of the peers that move pixels: what Inpaint4Drag's warp and FastDrag's stretch, as released, make of a small picture.

    pip install -r requirements.txt opencv-python-headless tqdm
    git clone https://github.com/Visual-AI/Inpaint4Drag && git clone https://github.com/XuanjiaZ/FastDrag
    python make_golden_peers.py ../fixtures/golden Inpaint4Drag FastDrag
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch

golden, inpaint4drag, fastdrag = (Path(path) for path in sys.argv[1:4])
sys.path.insert(0, str(inpaint4drag / "utils"))
sys.path.insert(0, str(fastdrag / "utils"))
import continuous_drag  # noqa: E402
import drag  # noqa: E402

height, width = 72, 96
y, x = np.mgrid[:height, :width]
photo = np.stack([60 + x, 40 + 2 * y, 128 + 60 * np.sin(x / 5) * np.cos(y / 4)], -1).round().astype(np.uint8)

# Two parts: a bean with a hole and three drags, and a square with one.
mask = (((x - 32) / 22) ** 2 + ((y - 36) / 16) ** 2 < 1) & ~(((x - 40) / 14) ** 2 + ((y - 22) / 9) ** 2 < 1)
mask &= ~((abs(x - 26) < 3) & (abs(y - 42) < 3))
mask |= (x >= 70) & (x < 84) & (y >= 10) & (y < 24)
points = [[18, 36, 14, 28], [44, 42, 55, 49], [30, 48, 30, 44], [77, 17, 90, 29]]
flat = np.array(points, dtype=np.float32).reshape(-1, 2)
source, target, hole = drag.bi_warp(mask.astype(np.uint8), flat, 5)
warped = photo.copy()
warped[target[:, 1], target[:, 0]] = photo[source[:, 1], source[:, 0]]

# One part, and handles between its pixels: at a pixel's middle the original divides by zero.
sheet = ((x - 40) / 17) ** 2 + ((y - 34) / 13) ** 2 < 1
pulls = [[34.3, 30.4, 46.3, 25.4], [47.7, 39.2, 44.7, 47.2]]
code = torch.tensor(photo).permute(2, 0, 1)[None].float() + 1
code = torch.cat([code, code[:, :1]], 1)
by_row = lambda i: [4 * torch.tensor([pull[i + 1], pull[i]]) for pull in pulls]
stretched = continuous_drag.drag_stretch_multipoint_ratio_interp(code, by_row(0), by_row(2), torch.tensor(sheet)[None, None].float())

folder = golden / "peers"
folder.mkdir(parents=True, exist_ok=True)
stretched = (stretched[0, :3].permute(1, 2, 0) - 1).round().numpy().astype(np.uint8)
for name, picture in dict(photo=photo, warped=warped, stretched=stretched).items():
    cv2.imwrite(str(folder / f"{name}.png"), picture[:, :, ::-1])
for name, flags in dict(mask=mask, hole=hole, sheet=sheet).items():
    cv2.imwrite(str(folder / f"{name}.png"), 255 * flags.astype(np.uint8))
print(mask.sum(), hole.sum(), len(target), sheet.sum())
