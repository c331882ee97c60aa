"""What becomes of a step whose clips have changed: decoded frames, by blocks."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from playfair.steps import clips_of
from playfair.steps.clip_stamps import NOT_KNOWN
from playfair.steps.damage import DamageError
from playfair.steps.frames import Frames
from playfair.steps.layout import Layout
from playfair.steps.manifest import MANIFEST
from playfair.steps.obtain import obtain
from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from tests.conftest import TINY, studies

VIDEOS = "20bn-something-something-v2"


@pytest.fixture(scope="module")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 40 training clips, two blocks, and their decoded frames."""
    from playfair.datasets.synthetic import write

    root = tmp_path_factory.mktemp("decoded")
    write(root / "data" / "synthetic", n_train=40, n_validation=12, size=32, progress=False)
    obtain(*step_in(root))
    return root


@pytest.fixture
def root(decoded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(decoded, tmp_path / "root"))


def step_in(root: Path) -> tuple[Frames, Layout]:
    """The step as a run of its own asks for it."""
    typed = [option for option in TINY if ".tsn." not in option and "n_train" not in option]
    places = [f"paths.data={root / 'data'}", f"paths.outputs={root / 'outputs'}"]
    workers = ["dataset.write.n_train=40", "dataset.workers=0"]
    (study,) = studies("model=trn", *typed, *places, *workers)
    return study.frames_step("train"), study.layout


def opened(root: Path, build: bool = True) -> RowStore:
    step, layout = step_in(root)
    store: RowStore = obtain(step, layout, build=build)
    return store


def times(root: Path) -> list[int]:
    step, layout = step_in(root)
    files = sorted(layout.folder(step).glob("*.npy"))
    return [file.stat().st_mtime_ns for file in files]


def clip(root: Path, uid: int) -> Path:
    return root / "data" / "synthetic" / VIDEOS / f"{uid}.webm"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Warnings; what else is logged depends on the tests that ran before."""
    return [record.message for record in caplog.records if record.levelno >= logging.WARNING]


def test_names_with_dots_have_notes_of_their_own() -> None:
    names = ["vit-1.5-8-frames-3f2a91c0", "vit-1.5-16-frames-c09d7e11"]
    files = [clips_of.noted(Path("outputs/my_clips/esvs") / name) for name in names]
    assert [file.name for file in files] == [f"{name}.clips" for name in names]


def test_what_a_killed_run_had_not_removed_yet_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = SimpleNamespace(videos=True, clip_paths=lambda split: [])
    step = SimpleNamespace(kind="lengths", split="train", data=data, inputs=dict)
    folder = tmp_path / "lengths" / "train-3f2a91c0"
    folder.mkdir(parents=True)
    (folder / "lengths.json").touch()
    clips_of.note(step, folder, Layout(tmp_path))

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", kill)
        clips_of._discard(step, folder, [0])
    assert not folder.exists() and len(list(tmp_path.rglob("lengths.json"))) == 1
    clips_of.note(step, folder, Layout(tmp_path))
    assert not list(tmp_path.rglob("lengths.json"))


def test_only_the_blocks_of_changed_clips_are_made_again(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = times(root)
    assert opened(root).lengths[34] != opened(root).lengths[0]
    assert times(root) == before and not told(caplog)
    shutil.copyfile(clip(root, 1), clip(root, 35))
    store = opened(root)
    after = times(root)
    assert after[0] == before[0] and after[1] != before[1]
    assert store.lengths[34] == store.lengths[0]
    (word,) = told(caplog)
    assert word.startswith("1 clip of the train split was changed or fetched since ")
    assert word.endswith(" (35): the blocks of these clips are made again.")
    caplog.clear()
    opened(root)
    assert times(root) == after and not told(caplog)


def test_what_is_not_to_be_made_is_kept_and_named(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = times(root)
    clip(root, 1).write_bytes(clip(root, 2).read_bytes())
    opened(root, build=False)
    assert times(root) == before
    assert told(caplog)[0].endswith(" (1): it is kept.")


def test_outputs_that_can_only_be_read_are_kept_and_named(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = times(root)
    clip(root, 1).write_bytes(clip(root, 2).read_bytes())
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    opened(root)
    assert times(root) == before and "it is kept" in caplog.text


def test_a_clip_that_is_gone_changes_nothing(root: Path) -> None:
    before = times(root)
    clip(root, 1).unlink()
    step, layout = step_in(root)
    clips_of.follow(step, layout.folder(step), layout, build=True)
    assert times(root) == before


def test_where_nothing_was_noted_all_is_taken_to_be_up_to_date(root: Path) -> None:
    before = times(root)
    shutil.rmtree(root / "outputs" / "synthetic" / ".clips")
    clip(root, 1).write_bytes(clip(root, 2).read_bytes())
    opened(root)
    assert times(root) == before


@pytest.mark.parametrize("where", ["remove_durably", "discard", "unlink", "write_stamps"])
def test_a_run_that_is_killed_while_it_makes_blocks_again_is_continued(
    root: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    shutil.copyfile(clip(root, 1), clip(root, 35))

    def kill(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    # `unlink` removes what is noted of a discarded block, the last before blocks are made
    places: dict[str, Callable[[], object]] = {
        "remove_durably": lambda: patch.setattr(clips_of, "remove_durably", kill),
        "discard": lambda: patch.setattr(RowStore, "discard", kill),
        "unlink": lambda: patch.setattr(Path, "unlink", kill),
        "write_stamps": lambda: patch.setattr(clips_of, "write_stamps", kill),
    }
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        places[where]()
        opened(root)
    store = opened(root)
    assert store.lengths[34] == store.lengths[0] and store.missing() == []
    step, layout = step_in(root)
    stamps = clips_of.recorded(step, layout.folder(step))
    assert stamps is not None and (stamps[:, 0] != NOT_KNOWN).all()
    assert CLIPS_PER_BLOCK < len(stamps) == 40


def test_a_note_that_had_not_reached_the_disk_has_its_block_made_again(root: Path) -> None:
    step, layout = step_in(root)
    folder = layout.folder(step)
    before = times(root)
    clips_of.noted(folder, 1).write_bytes(b"")
    with pytest.raises(DamageError, match="Remove it: what was made from these clips"):
        opened(root)
    (folder / MANIFEST).unlink()  # of a power cut while blocks are made
    opened(root)
    after = times(root)
    assert after[0] == before[0] and after[1] != before[1]
    stamps = clips_of.recorded(step, folder)
    assert stamps is not None and (stamps[:, 0] > 0).all()


def test_a_copied_dataset_is_read_through_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = times(root)
    for uid in range(1, 41):
        os.utime(clip(root, uid), ns=(uid, uid))
    opened(root)
    monkeypatch.setattr("playfair.steps.clip_stamps.digest_of", lambda path: 1 / 0)
    opened(root)
    assert times(root) == before
