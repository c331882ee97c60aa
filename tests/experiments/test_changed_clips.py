"""Clips that change, or are fetched again: what depends on them is completed, made again or named."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

from tests.conftest import TINY, folder_of, run_warm, stamps

VIDEOS = Path("data", "synthetic", "20bn-something-something-v2")
VALIDATION = range(25, 37)
TRN = [option for option in TINY if ".tsn." not in option]


@pytest.fixture
def root(explained, tmp_path: Path) -> Path:
    """The tiny study's dataset and all that was made of it, to be spoilt."""
    for name in ("data", "outputs"):
        shutil.copytree(
            explained.folder / name, tmp_path / name, ignore=shutil.ignore_patterns("runs")
        )
    return tmp_path


def esv(root: Path, *typed: str) -> str:
    """What experiment=esv of the tiny TRN says."""
    done = run_warm("model=trn", *TRN, "experiment=esv", *typed, cwd=root)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout + done.stderr


def changed(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> set[str]:
    """Which kinds of steps have a file that is another now."""
    files = {name for name in before | after if before.get(name) != after.get(name)}
    return {Path(name).parts[2] for name in files}


def explained_videos(root: Path) -> list[str]:
    store = xr.open_zarr(folder_of(root, "esvs", "trn-4-frames"), consolidated=True)
    return [str(uid) for uid in store["video"].values]


@pytest.mark.whole
def test_a_clip_that_was_broken_and_is_fetched_again_is_explained_by_the_same_command(
    root: Path,
) -> None:
    clip = root / VIDEOS / "30.webm"
    whole = clip.read_bytes()
    clip.write_bytes(b"")  # changed in place: what was made of it goes
    said = esv(root)
    assert "1 clip of the validation split was changed or fetched since" in said and "(30)" in said
    assert "the blocks of these clips are made again" in said
    assert "30.webm: the file is empty" in said
    assert "30" not in explained_videos(root) and len(explained_videos(root)) == 11
    before = stamps(root)
    said = esv(root)
    assert "trn: 1 of 12 clips of the validation split could not be decoded and is left out" in said
    assert "until its file changes; experiment=doctor says why, and which row it is" in said
    assert changed(before, stamps(root)) == set()
    clip.write_bytes(whole)
    said = esv(root)
    assert explained_videos(root) == [str(uid) for uid in VALIDATION]
    assert "could not be decoded" not in said
    assert changed(before, stamps(root)) == {"frames", "features", "esvs"}
    assert len(list((root / "outputs" / "synthetic" / "esvs").iterdir())) == len(
        {Path(name).parts[3] for name in before if "/esvs/" in name}
    ), "no id is another"


def test_models_are_kept_when_training_clips_change_and_are_named_with_what_to_remove(
    root: Path,
) -> None:
    shutil.copy(root / VIDEOS / "2.webm", root / VIDEOS / "1.webm")
    shutil.copy(root / VIDEOS / "26.webm", root / VIDEOS / "25.webm")
    before = stamps(root)
    said = esv(root)
    heads = folder_of(root, "heads", "trn")
    esvs = folder_of(root, "esvs", "trn-4-frames")
    word = f"1 clip of the train split was changed or fetched since {heads.relative_to(root)} was"
    assert word in said
    kept = said[said.index(word) :]
    assert "It is kept" in kept and str(esvs.relative_to(root)) in kept
    assert changed(before, stamps(root)) == {"frames", "features", "esvs"}
    after = stamps(root)
    said = esv(root)
    assert "changed or fetched" not in said and changed(after, stamps(root)) == set()


def test_a_dataset_that_was_copied_without_its_times_is_the_same(root: Path) -> None:
    for number, clip in enumerate(sorted((root / VIDEOS).iterdir())):
        copy = clip.with_name("copy")
        shutil.copyfile(clip, copy)
        copy.replace(clip)
        assert number < 36
    before = stamps(root)
    assert "changed or fetched" not in esv(root)
    assert stamps(root) == before
