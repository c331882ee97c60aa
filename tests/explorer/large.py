"""Stores as large as Something-Something v2's validation split, 24,777 × 8 × 174, and who serves them.

`python -m tests.explorer.large OUTPUTS DATA` serves them as two models', with a few clips of the
synthetic dataset as the clips of all.
"""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from tests.explorer.conftest import CONFIGURATIONS, begun_store

VIDEOS = 24_777
FRAMES = 8
CLASSES = 174
UIDS = [str(100_000 + i) for i in range(VIDEOS)]


def write_large(outputs: Path) -> None:
    """Two stores of 138 MB, of the same values."""
    rng = np.random.default_rng(0)
    prior = np.full(CLASSES, 1 / CLASSES)
    score = rng.dirichlet(np.full(CLASSES, 0.1), 128)
    esv = rng.normal(size=(128, FRAMES, CLASSES)) * 0.01
    esv += ((score - prior) - esv.sum(1))[:, None] / FRAMES
    names = [f"Doing {i} with something" for i in range(CLASSES)]
    paths: list[Path] = []
    for model in ("trn", "tsn"):
        store = begun_store(
            outputs,
            UIDS,
            rng.integers(0, CLASSES, VIDEOS),
            names,
            FRAMES,
            dataset="large",
            model=model,
            block=128,
        )
        paths.append(store.path)
        if model == "tsn":  # the same values: copied in a tenth of the time
            other_than_values = shutil.ignore_patterns("*.json")
            shutil.copytree(*paths, dirs_exist_ok=True, ignore=other_than_values)
            continue
        for block in store.missing():
            n = len(UIDS[store.videos(block)])
            index = np.tile(np.arange(FRAMES, dtype="i4"), (n, 1))
            floats = {"esv": esv[:n].astype("f4"), "score": score[:n].astype("f4")}
            store.write(block, frame_index=index, **floats)


def main(outputs: Path, data: Path) -> None:
    """Serves them until it is ended; says where."""
    from playfair.explorer import what_if_part
    from playfair.explorer.catalogue import Catalogue
    from playfair.explorer.clips import Clips
    from playfair.explorer.listening import listen, serve
    from playfair.explorer.server import build
    from playfair.steps.layout import Layout

    files = sorted(data.rglob("*.webm"))
    clips = Clips(CONFIGURATIONS, data)
    clips.opened["large"] = SimpleNamespace(
        split=lambda name: SimpleNamespace(uids=np.array(UIDS)),
        clip=lambda uid: files[int(uid) % len(files)],
        media_type=lambda uid: "video/webm",
    )
    # whoever asks answers for the model
    what_if_part.why_not = lambda entry: ""
    what_if_part.is_at_once = lambda entry, n_elements: True
    server = listen(build(Catalogue(Layout(outputs), clips)), "127.0.0.1", 8250)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    serve(server, None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
