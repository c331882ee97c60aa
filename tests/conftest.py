"""A tiny study that many tests share: 24 + 12 clips, one epoch; built once per test session."""

import gc
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from tests import checked

if "PLAYFAIR_UNCHECKED" not in os.environ:
    checked.install()

from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.datasets.synthetic import write
from tests.forked import RUNS, Warm
from tests.in_chromium import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from playfair.steps.study import Study

# until all tests are imported: looking through what stays, again and again, is a tenth of that time
gc.disable()

ROOT = Path(__file__).parents[1]
LEVELS = {name: logging.getLogger(name).level for name in (None, "playfair")}
SOURCES = (
    *("conf", "experiments", "playfair"),
    *("README.md", "LICENSE", "MANIFEST.in", "pyproject.toml"),
)
# what a script starts in the background ignores Ctrl-C, and so would every process that a test starts there
signal.signal(signal.SIGINT, signal.default_int_handler)
TINY = [
    "dataset.write.n_train=24",
    "dataset.write.n_validation=12",
    "dataset.write.size=32",
    "dataset.frame_size=[32,32]",
    "model.tsn.training.epochs=1",
    "model.trn.training.epochs=1",
    "model.trn.heads.epochs=1",
    "model.trn.head.n_max=3",
    "n_frames=4",
]

# What an experiment is asked less of, when it is run to see that it runs: its numbers are golden tests' affair.
QUICK = {
    "approximation": ["frames=[8]", "budgets=[100]", "n_videos=2"],
    "benchmark": [
        "rounds=1",
        "repeats=1",
        "n_videos=1",
        "long_run=1600",
        "split_size=300",
        "coverage_draws=1",
        "peers=one",
    ],
    "explorer": ["serve_seconds=0.1"],
    "length": ["lengths=[1,4]"],
    "plan": ["lengths=[1,4]", "n_sampled=2"],
    "removal": ["n_videos=4"],
    "paper": ["lengths=[1,4]", "frames=[8]", "budgets=[100]", "n_videos=2"],
}


def run_py(
    *options: str, cwd: Path, timeout: float = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Types `python run.py …` in `cwd`."""
    command = [sys.executable, str(ROOT / "run.py"), *options]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **RUNS, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def start_warm(*options: str, cwd: Path, **environment: str) -> Warm:
    """`run_warm` that does not wait: ask what it returns."""
    return Warm([str(ROOT / "run.py"), *options], cwd, **environment)


def run_warm(
    *options: str,
    cwd: Path,
    timeout: float = 300,
    draw: bool | str = False,
    fresh_ranks: bool = False,
    **environment: str,
) -> "subprocess.CompletedProcess[str]":
    """As `run_py`, with torch and Lightning imported before: see tests/warm.py, also for when not to.

    Args:
        draw: whether its figures are drawn, not only made; "png": once, coarsely.
        fresh_ranks: whether its ranks are processes of their own, and not forks.
    """
    argv = [str(ROOT / "run.py"), *options]
    run = Warm(argv, cwd, draw=draw, fresh_ranks=fresh_ranks, **environment)
    return run.wait(timeout)


def call_warm(
    code: str, *arguments: str, cwd: Path, timeout: float = 120, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """As `python -c code arguments…`, in a process that may be killed: a fork of the warm server."""
    return Warm(["-c", *arguments], cwd, code=code, **environment).wait(timeout)


@cache
def composed(*typed: str) -> "DictConfig":
    """The configuration of `python run.py typed…`, composed once; only to be read."""
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=list(typed))
    OmegaConf.resolve(cfg)
    return cfg


def studies(*typed: str) -> "list[Study]":
    """The studies of `python run.py typed…`, with nothing built."""
    from playfair.launch.perform import studies_of

    return studies_of(deepcopy(composed(*typed)))


def folders(root: Path, kind: str, label: str, dataset: str = "synthetic") -> list[Path]:
    """The folders of all steps of a kind and a label in `root`'s outputs: <label>-<8 letters of its id>."""
    named = re.compile(re.escape(label) + "-[0-9a-f]{8}")
    there = (root / "outputs" / dataset / kind).glob("*")
    return sorted(path for path in there if named.fullmatch(path.name))


def folder_of(root: Path, kind: str, label: str, dataset: str = "synthetic") -> Path:
    """The folder of the one step of a kind and a label in `root`'s outputs."""
    there = folders(root, kind, label, dataset)
    assert len(there) == 1, f"expected one {kind}/{label}, there are {there}"
    return there[0]


def contents(folder: Path) -> dict[str, bytes]:
    """Of all files; what a killed process had not put into its place yet is none of the store's."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in (".part", ".partial")
    }


def stamps(root: Path) -> dict[str, tuple[int, int]]:
    """Of every file and folder of every step in `root`'s outputs: when it was changed, and its size."""
    written = {}
    for made_from in sorted((root / "outputs").glob("*/*/*/made_from.json")):
        for file in sorted(made_from.parent.rglob("*")):
            status = file.stat()
            written[str(file.relative_to(root))] = (status.st_mtime_ns, status.st_size)
    return written


def copy_steps(root: Path, to: Path, *kinds: str) -> Path:
    """`to`, with copies of the steps of some kinds, or of all but runs, in outputs that are its own."""
    for made_from in sorted((root / "outputs").glob("*/*/*/made_from.json")):
        folder = made_from.parent
        if not kinds or folder.parent.name in kinds:
            shutil.copytree(folder, to / folder.relative_to(root))
    return to


# what takes longest comes first: no process should begin it when the others have finished
DEAREST = ["experiments", "extend", "explorer", "golden", "benchmark", "datasets"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rooms whose tests take most of all time are tested first."""
    place = {room: number for number, room in enumerate(DEAREST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(DEAREST)))


def pytest_collection_finish() -> None:
    """What has been imported stays, and is looked through no more."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def levels_as_at_first() -> None:
    """Tests compare what is logged, whatever level a fixture or a test before has left behind."""
    # setuptools sets the root's to INFO, when it builds in this process (tests/launch/test_wheel.py)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)


MakeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """make_once(name, make): a folder that `make(folder)` fills once for all test processes; only to be read."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    shared = root / "made_once"
    shared.mkdir(exist_ok=True)

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                begun = shared / f"{name}.begun"
                begun.mkdir()
                make(begun)
                begun.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def tiny(
    make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs an experiment on the tiny study, in `tiny.folder`, where all that experiment=esv makes is there."""

    def make(folder: Path) -> None:
        done = run_warm("model=both", *TINY, "experiment=esv", cwd=folder)
        assert done.returncode == 0, done.stderr

    folder = tmp_path_factory.mktemp("tiny") / "study"
    shutil.copytree(make_once("tiny", make), folder, symlinks=True)

    def run(*options: str, draw: bool | str = False) -> subprocess.CompletedProcess[str]:
        overrides = [] if any(option.startswith("model=") for option in options) else ["model=both"]
        for experiment, quick in QUICK.items():
            if f"experiment={experiment}" in options:
                overrides += [f"experiment.{option}" for option in quick]
        return run_warm(*overrides, *TINY, *options, cwd=folder, draw=draw)

    run.folder = folder  # type: ignore[attr-defined]
    return run


@pytest.fixture(scope="session")
def explained(tiny) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`tiny`, for tests that ask what is there: dataset, models, features, heads and ESVs."""
    return tiny


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """family → a tiny random checkpoint of it that knows the synthetic dataset's classes; only to be read."""
    pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
    from tests.checkpoints import checkpoints_in, synthetic_classes

    return checkpoints_in(tmp_path_factory.mktemp("checkpoints"), synthetic_classes())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def killed_while_deleting(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], AbstractContextManager[None]]:
    """killed_while_deleting(name): within it, whoever deletes a folder is killed once its file of that name is gone."""

    @contextmanager
    def killed(name: str) -> Iterator[None]:
        def cut(folder: Path, **_: object) -> None:
            if folder.exists():
                (folder / name).unlink()  # in whatever order they are deleted
                raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("shutil.rmtree", cut)
            yield

    return killed


@pytest.fixture(scope="session")
def dataset_root(make_once: MakeOnce) -> Path:
    """A real dataset of 24 clips in 12 classes; shared by all tests, so only to be read."""

    def make(folder: Path) -> None:
        write(folder, n_train=12, n_validation=12, size=48, workers=1, progress=False)

    return make_once("dataset", make)


@pytest.fixture
def copy_dataset(dataset_root, tmp_path) -> Callable[[], Path]:
    """A copy of the dataset's folder that a test may spoil."""
    return lambda: Path(shutil.copytree(dataset_root, tmp_path / "copy"))


@pytest.fixture
def clip(dataset_root) -> Path:
    return dataset_root / VIDEO_FOLDER / "3.webm"


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built, links and all: building leaves folders behind, and what they hold gets in."""
    folder = tmp_path_factory.mktemp("sources") / "playfair"
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                folder / name,
                symlinks=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def wheel(sources: Path, make_once: MakeOnce) -> Path:
    def make(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--no-index", "--wheel-dir", str(folder), str(sources)], check=True)

    return next(make_once("wheel", make).glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, make_once: MakeOnce) -> Path:
    """The wheel in a folder of its own, which PYTHONPATH puts before the checkout."""

    def make(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True)

    return make_once("installed", make)
