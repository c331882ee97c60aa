"""A small outputs folder with known numbers: two models, 4 frames exactly and 6 sampled, and clips to play."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playfair.steps.interactions_store import save_interactions

from playfair.datasets.something_something import open_dataset
from playfair.datasets.synthetic import write
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.server import build, listen
from playfair.steps.esv_store import create_store


def write_store(
    path: Path, uids: list[str], labels: np.ndarray, names: list[str], n_frames: int, **more
) -> Path:
    """A store of random ESVs that add up: scores drawn, prior even."""
    rng = np.random.default_rng(
        list("/".join(path.parts[-3:]).encode())
    )  # the model's and the length's own
    n_classes = len(names)
    prior = np.full(n_classes, 1 / n_classes)
    path.parent.mkdir(parents=True, exist_ok=True)
    store = create_store(
        path,
        {"n": n_frames},
        uids=uids,
        labels=labels,
        prior=prior,
        class_names=names,
        n_frames=n_frames,
        **more,
    )
    for block in store.missing():
        n = len(uids[store.videos(block)])
        score = rng.dirichlet(np.full(n_classes, 0.3), n)
        esv = rng.normal(size=(n, n_frames, n_classes)) * 0.1
        esv += ((score - prior) - esv.sum(1))[:, None] / n_frames
        arrays = {"esv": esv, "score": score}
        if "estimator" in more:
            arrays["stderr"] = np.full_like(esv, 0.02)
        index = np.tile(np.linspace(1, 18, n_frames).astype("i4"), (n, 1))
        store.write(
            block,
            frame_index=index,
            **{name: values.astype("f4") for name, values in arrays.items()},
        )
    return path


def asked_by_browser(
    callbacks: list[dict], search: str, changed: str = "url", value: object = None
) -> dict:
    """What the browser posts when the URL, or a control, changes."""
    asked = next(callback for callback in callbacks if "content.children" in callback["output"])
    names = asked["output"].strip(".").split("...")
    values = {"url": search, changed: search if changed == "url" else value}
    return {
        "output": asked["output"],
        "outputs": [
            dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names
        ],
        "inputs": [{**given, "value": values.get(given["id"])} for given in asked["inputs"]],
        "changedPropIds": [f"{changed}.{'search' if changed == 'url' else 'value'}"],
    }


@pytest.fixture(scope="session")
def make_catalogue(tmp_path_factory) -> Callable[[], Catalogue]:
    data = tmp_path_factory.mktemp("data")
    write(data / "synthetic", n_train=12, n_validation=24, size=32, workers=1, progress=False)
    dataset = open_dataset(data / "synthetic")
    split, names = dataset.split("validation"), list(dataset.class_names)
    uids = split.uids.tolist()

    def make() -> Catalogue:
        outputs = tmp_path_factory.mktemp("outputs")
        for model in ("trn", "tsn"):
            esv = outputs / "synthetic" / model / "esv"
            write_store(esv / "frames-04.zarr", uids, split.targets, names, 4, block=8)
        esv = outputs / "synthetic" / "trn" / "esv"
        write_store(
            esv / "frames-06-budget-100.zarr",
            uids,
            split.targets,
            names,
            6,
            block=8,
            estimator="sampled",
        )
        pairs = np.random.default_rng(0).normal(size=(24, 4, 4)).astype("f4") * 0.1
        save_interactions(
            outputs / "synthetic/trn/interactions/frames-04.zarr", uids, pairs + pairs.mT, {}
        )
        return Catalogue(outputs, data)

    return make


@pytest.fixture(scope="session")
def catalogue(make_catalogue) -> Catalogue:
    """Shared by all tests, so only to be read."""
    return make_catalogue()


@contextmanager
def serving(catalogue: Catalogue) -> Iterator[str]:
    """The explorer, really served; its address."""
    server = listen(build(catalogue), "127.0.0.1", 8150)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def address(catalogue) -> Iterator[str]:
    with serving(catalogue) as url:
        yield url
