"""A small outputs folder with known numbers: two models, exact and sampled, and clips to play."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

import playfair
from playfair.datasets.something_something import open_dataset
from playfair.datasets.synthetic import write
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.listening import listen
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.server import build
from playfair.explorer.view import View
from playfair.steps.durable import write_json
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore
from playfair.steps.interactions import write_interactions
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.naming import with_seed
from playfair.steps.step import Record, identity
from tests.explorer.browsing import Explorer

CONFIGURATIONS = Path(playfair.__file__).parent / "conf" / "dataset"
EPOCHS = 15  # of the heads, where a test does not say
N_PAIRS = 4


def record(kind: str, settings: Mapping[str, Any], inputs: Mapping[str, Record], version: int = 2):
    """What a step is made from, as made_from.json says it."""
    made_from = {
        "step": kind,
        "version": version,
        "id": "",
        "settings": settings,
        "inputs": inputs,
    }
    return {**made_from, "id": identity(made_from)}


def begun_store(
    outputs: Path,
    uids: list[str],
    labels: np.ndarray,
    names: list[str],
    n_frames: int,
    *,
    dataset: str = "synthetic",
    model: str = "trn",
    seed: int = 0,
    split: str = "validation",
    budget: int | None = None,
    epochs: int = EPOCHS,
    version: int = 2,
    **more: Any,
) -> ESVStore:
    """A store without blocks, with an even prior."""
    head = record("heads", {"model": {"heads": {"epochs": epochs}}, "seed": seed}, {})
    features = record("features", {"split": split, "seed": seed}, {})
    settings = {"model": model, "n_frames": n_frames, "estimator": {"budget": budget}}
    made_from = record("esvs", settings, {"head": head, "features": features}, version)
    label = f"{with_seed(model, seed)}-{n_frames}-frames"
    folder = outputs / dataset / "esvs" / f"{label}-{made_from['id'][:8]}"
    write_json(folder / MADE_FROM, made_from)
    said = {
        "model": model,
        "seed": seed,
        "split": split,
        "n_frames": n_frames,
        "estimator": "exact" if budget is None else "sampled",
        "budget": budget,
        "made_from": made_from,
    }
    return create_store(
        folder,
        uids=uids,
        labels=labels,
        prior=np.full(len(names), 1 / len(names)),
        class_names=names,
        n_frames=n_frames,
        with_errors=budget is not None,
        attributes=said,
        **more,
    )


def write_store(
    outputs: Path,
    uids: list[str],
    labels: np.ndarray,
    names: list[str],
    n_frames: int,
    *,
    budget: int | None = None,
    **more: Any,
) -> Path:
    """A store of random ESVs that add up, half of whose predictions are right; its folder."""
    store = begun_store(outputs, uids, labels, names, n_frames, budget=budget, **more)
    prior = 1 / len(names)
    rng = np.random.default_rng(list(store.path.name.encode()))
    for block in store.missing():
        n_videos = len(uids[store.videos(block)])
        score = rng.dirichlet(np.full(len(names), 0.3), n_videos)
        for row in range(0, n_videos, 2):
            true = labels[store.videos(block)][row]
            best = score[row].argmax()
            score[row, [true, best]] = score[row, [best, true]]
        esv = rng.normal(size=(n_videos, n_frames, len(names))) * 0.1
        esv += ((score - prior) - esv.sum(1))[:, None] / n_frames
        arrays = {"esv": esv, "score": score}
        if budget is not None:
            arrays["stderr"] = np.full_like(esv, 0.02)
            arrays["plain"] = np.zeros(n_videos)
        index = np.tile(np.linspace(1, 18, n_frames).astype("i4"), (n_videos, 1))
        floats = {name: values.astype("f4") for name, values in arrays.items()}
        store.write(block, frame_index=index, **floats)
    return store.path


def write_pairs(esvs: Path, uids: list[str]) -> Path:
    """Pair interactions of a store's clips; their folder."""
    settings = {"model": "trn", "n_frames": N_PAIRS}
    made_from = record("interactions", settings, {"esvs": read_record(esvs)})
    folder = esvs.parents[1] / "interactions" / f"trn-{made_from['id'][:8]}"
    write_json(folder / MADE_FROM, made_from)
    values = np.random.default_rng(0).normal(size=(len(uids), N_PAIRS, N_PAIRS)).astype("f4")
    write_interactions(folder, uids, {"interaction": (values + values.mT) * 0.1})
    return folder


def key_of(catalogue: Catalogue, name: str) -> str:
    """The key of the store of a name."""
    keys = {title: key for key, title in catalogue.contents().names.items()}
    return keys[name]


def view_of(catalogue: Catalogue, name: str, beside: str = "", **more: Any) -> View:
    """The view of a store, by its name and that of the one beside it."""
    folder = key_of(catalogue, beside).split("/")[1] if beside else ""
    return View(esvs=key_of(catalogue, name), beside=folder, **more)


def scene(catalogue: Catalogue, name: str = "TRN, 4 frames", **more: Any) -> Scene:
    """What is shown of a store."""
    return scene_of(view_of(catalogue, name, **more), catalogue)


def view_address(search: str, control: str = "", value: object = "") -> str:
    """What the browser asks for when the address, or a control, changes."""
    query = search.lstrip("?")
    chosen = urlencode({"set": control, "to": value}) if control else ""
    return f"/view?{'&'.join(filter(None, [query, chosen]))}"


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """A folder with the clips of the synthetic dataset; only to be read."""
    folder = tmp_path_factory.mktemp("data")
    write(folder / "synthetic", n_train=12, n_validation=24, size=32, workers=1, progress=False)
    return folder


@pytest.fixture(scope="session")
def write_more(data) -> Callable[..., Path]:
    """write_more(outputs, n_frames, model=…): a store of the synthetic dataset's clips."""
    dataset = open_dataset(data / "synthetic")
    names = list(dataset.class_names)
    evidence = dataset.evidence()

    def more(outputs: Path, n_frames: int, split: str = "validation", n_clips=None, **options):
        clips = dataset.split(split)
        uids = clips.uids[:n_clips].tolist()
        known = np.array([evidence[uid] for uid in uids])
        return write_store(
            outputs,
            uids,
            clips.targets[:n_clips],
            names,
            n_frames,
            split=split,
            evidence=known,
            twins=dataset.twins(),
            block=8,
            **options,
        )

    return more


@pytest.fixture(scope="session")
def make_catalogue(tmp_path_factory, data, write_more) -> Callable[[], Catalogue]:
    uids = open_dataset(data / "synthetic").split("validation").uids.tolist()

    def make() -> Catalogue:
        outputs = tmp_path_factory.mktemp("outputs")
        trn = write_more(outputs, 4)
        write_more(outputs, 4, model="tsn")
        write_more(outputs, 6, budget=100)
        write_pairs(trn, uids)
        return Catalogue(Layout(outputs), Clips(CONFIGURATIONS, data))

    return make


@pytest.fixture(scope="session")
def catalogue(make_catalogue) -> Catalogue:
    """Shared by all tests, so only to be read."""
    return make_catalogue()


@pytest.fixture(scope="session")
def large(tmp_path_factory) -> Path:
    """Outputs with two stores of 24,777 clips."""
    from tests.explorer.large import write_large

    outputs = tmp_path_factory.mktemp("large")
    write_large(outputs)
    return outputs


@contextmanager
def serving(catalogue: Catalogue) -> Iterator[str]:
    """The explorer, really served; its address."""
    with answering(build(catalogue)) as address:
        yield address


@contextmanager
def answering(application: Any) -> Iterator[str]:
    """A web application, really served; its address."""
    server = listen(application, "127.0.0.1", 8150)
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


@pytest.fixture(scope="module")
def context(browser) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(60_000)  # others compute beside it
    yield context  # of all tests, so that the browser keeps the scripts
    context.close()


@pytest.fixture(scope="module")
def both(catalogue) -> str:
    """The link to two models beside one another."""
    return "/" + view_of(catalogue, "TRN, 4 frames", beside="TSN, 4 frames", uid="20").query()


@pytest.fixture
def explorer(context, address: str) -> Iterator[Explorer]:
    explorer = Explorer(context.new_page(), address)
    yield explorer
    explorer.page.close()
    assert explorer.faults == []
    assert explorer.elsewhere == [], "the page must not need the network"
