"""The doctor reads outputs too, and repairs just what is damaged of them."""

from pathlib import Path

import pytest

from tests.conftest import TINY, contents, copy_steps, folder_of, run_warm, stamps

TRN = ["model=trn", *[option for option in TINY if ".tsn." not in option]]


@pytest.fixture
def typed(explained) -> list[str]:
    return [*TRN, f"paths.data={explained.folder / 'data'}"]


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_damage_is_listed_with_what_depends_on_it_and_repaired_alone(
    explained, tmp_path: Path, typed: list[str]
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    good = {
        (kind, label): contents(folder_of(folder, kind, label))
        for kind, label in [("features", "trn-validation"), ("esvs", "trn-4-frames")]
    }
    features = folder_of(folder, "features", "trn-validation")
    esvs = folder_of(folder, "esvs", "trn-4-frames")
    flip(features / "00000.npy")
    flip(esvs / "zarr.json")

    refused = run_warm(*typed, "experiment=support", cwd=folder)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert f"{(esvs / 'zarr.json').relative_to(folder)} is damaged" in refused.stderr

    told = run_warm(*typed, "experiment=doctor", cwd=folder)
    assert told.returncode == 2
    for name in (features / "00000.npy", esvs / "zarr.json"):
        assert str(name.relative_to(folder)) in told.stderr
    _, _, depends = told.stderr.partition("What was made from it: ")  # and what other tests made
    assert f"esvs/{esvs.name}" in depends
    flip(esvs / "made_from.json")
    before = stamps(folder)

    mended = run_warm(*typed, "experiment=doctor", "experiment.repair=true", cwd=folder)
    assert mended.returncode == 0, mended.stderr + mended.stdout
    assert "2 folders repaired" in mended.stdout
    assert {(kind, label): contents(folder_of(folder, kind, label)) for kind, label in good} == good
    after = stamps(folder)
    changed = {name for name in before if before[name] != after[name] and (folder / name).is_file()}
    by_block = ("esv/c/", "score/c/", "frame_index/c/", "written/c/")
    assert not [name for name in changed if any(part in name for part in by_block)]
    assert {Path(name).name for name in changed} == {
        "00000.npy",
        "00000.json",
        "inputs.json",  # of the features, whose only block it was
        "zarr.json",
        "made_from.json",
        "manifest.json",
        "created.json",
        "0",  # the chunks of what no block is of: labels, prior, names
    }


def test_what_another_configuration_made_is_told_and_left_alone(
    explained, tmp_path: Path, typed: list[str]
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    video = folder_of(folder, "video", "trn")
    flip(video / "video.pt")
    before = stamps(folder)
    other = [*typed, "seed=3", "experiment=doctor", "experiment.repair=true"]
    refused = run_warm(*other, cwd=folder)
    assert refused.returncode == 2
    assert "not repaired: it is no step of the models, frames and options" in refused.stderr
    assert stamps(folder) == before
