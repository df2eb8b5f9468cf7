"""Fills holes by other programs, for `npm run quality FOLDER COUNT --peers HERE`. Development only.

    pip install opencv-python-headless scikit-image resynthesizer
    npm run quality FOLDER 45 --peers HERE     # writes N.png and N.hole.png
    python test/parity/fill_peers.py HERE      # writes N.PEER.png and seconds.json
    npm run quality FOLDER 45 --peers HERE     # measures them beside ours
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import resynthesizer
from PIL import Image
from skimage.restoration import inpaint_biharmonic


def telea(photo, hole):
    return cv2.inpaint(photo, hole, 5, cv2.INPAINT_TELEA)


def navier_stokes(photo, hole):
    return cv2.inpaint(photo, hole, 5, cv2.INPAINT_NS)


def biharmonic(photo, hole):
    filled = inpaint_biharmonic(photo, hole > 0, split_into_regions=True, channel_axis=-1)
    return np.clip(np.rint(255 * filled), 0, 255).astype(np.uint8)


def resynthesized(photo, hole):
    parameters = resynthesizer.getDefaultParams()
    parameters.isMakeSeamlesslyTileableHorizontally = 0
    parameters.isMakeSeamlesslyTileableVertically = 0
    filled = resynthesizer.resynthesize(Image.fromarray(photo), Image.fromarray(hole), parameters)
    return np.asarray(filled.convert("RGB"))


PEERS = {
    "telea": telea,
    "navier-stokes": navier_stokes,
    "resynthesizer": resynthesized,
    "biharmonic": biharmonic,
}


def main(folder):
    cv2.setNumThreads(1)
    seconds = {name: {} for name in PEERS}
    for hole_file in sorted(folder.glob("*.hole.png")):
        number = hole_file.name.split(".")[0]
        photo = np.asarray(Image.open(folder / f"{number}.png").convert("RGB"))
        hole = np.asarray(Image.open(hole_file).convert("L"))
        for name, fill in PEERS.items():
            start = time.perf_counter()
            filled = fill(photo, hole)
            seconds[name][number] = time.perf_counter() - start
            # Whatever a peer does elsewhere does not count.
            filled = np.where(hole[..., None] > 0, filled, photo)
            Image.fromarray(filled).save(folder / f"{number}.{name}.png")
        print(number, {name: round(taken[number], 2) for name, taken in seconds.items()}, flush=True)
        (folder / "seconds.json").write_text(json.dumps(seconds))


main(Path(sys.argv[1]))
