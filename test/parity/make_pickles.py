"""Writes test/fixtures/evaluation/pickles.json: pickles of CPython and numpy, in base64.

    python test/parity/make_pickles.py

`good` is one value in every protocol; test/evaluation/benchmarks/pickle/pickle.test.ts knows it by heart.
`bad` are things that must be rejected.
"""

import base64
import json
import os
import pathlib
import pickle

import numpy as np

GOOD = {
    "prompt": "a photo of a caf\u00e9",
    "points": [[1, 2], [300, 70000], (4.5, -1.25)],
    "mask": np.array([[0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 1, 1]], dtype=np.uint8),
    "bool": np.array([[True, False], [False, True]]),
    "columns": np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int16)),
    "deep": np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)),
    "big": np.array([1.5, -2.25], dtype=">f8"),
    "long": np.array([-1, 2**40], dtype=np.int64),
    "scalar": np.int64(-7),
    "truth": np.bool_(True),
    "plain": [None, True, False, -1, 255, 65535, 2**31, -(2**31), 2**70, -(2**70), 1e300, b"\x00\xff", b"", "", {"k": ()}],
    "empty": np.zeros((0, 2), dtype=np.uint8),
}


class Call:
    """Calls os.system when Python reads it."""

    def __reduce__(self):
        return (os.system, ("true",))


BAD = {
    "system-0": pickle.dumps(Call(), 0),
    "system-4": pickle.dumps(Call(), 4),
    "object-2": pickle.dumps(pickle.PicklingError(), 2),
    "set-4": pickle.dumps({1, 2}, 4),
    "complex-4": pickle.dumps(np.array([1j]), 4),
    "objects-4": pickle.dumps(np.array([None, "a"], dtype=object), 4),
    "records-4": pickle.dumps(np.zeros(2, dtype=[("a", "u1")]), 4),
}

written = {
    "good": [base64.b64encode(pickle.dumps(GOOD, protocol)).decode() for protocol in range(6)],
    "bad": {name: base64.b64encode(data).decode() for name, data in BAD.items()},
}
place = pathlib.Path(__file__).parent.parent / "fixtures" / "evaluation" / "pickles.json"
place.write_text(json.dumps(written, indent=2) + "\n")
