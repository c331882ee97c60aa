from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.steps.artefact import MismatchError
from playfair.steps.esv_store import ESVStore, create_store, open_store
from playfair.steps.lock import BusyError, held

VIDEOS, FRAMES, CLASSES = 7, 3, 4


def new(path: Path, seed: int = 0, overwrite: bool = False, first: int = 100) -> ESVStore:
    return create_store(
        path,
        {"seed": seed, "model": {"hidden_dim": 256}},
        uids=[str(first + video) for video in range(VIDEOS)],
        labels=np.arange(VIDEOS) % CLASSES,
        prior=np.full(CLASSES, 1 / CLASSES),
        class_names=["up", "down", "left", "entfernt – ä"],
        n_frames=FRAMES,
        block=3,
        overwrite=overwrite,
    )


def fill(store: ESVStore, blocks: list[int]) -> None:
    for block in blocks:
        videos = np.arange(VIDEOS)[store.videos(block)]
        store.write(
            block,
            esv=np.broadcast_to(videos[:, None, None], (len(videos), FRAMES, CLASSES)),
            score=np.broadcast_to(videos[:, None], (len(videos), CLASSES)),
            frame_index=np.broadcast_to(np.arange(FRAMES), (len(videos), FRAMES)),
        )


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def test_the_store_opens_with_xarray_as_the_contract_says(tmp_path: Path) -> None:
    store = new(tmp_path / "frames-03.zarr")
    fill(store, [2, 0, 1])
    esvs = xr.open_zarr(store.path)
    assert esvs["esv"].dims == ("video", "element", "class") and esvs["score"].dims == (
        "video",
        "class",
    )
    assert set(esvs.coords) == {"video", "label", "frame_index", "class_name"}
    assert esvs["video"].values.tolist() == [str(100 + video) for video in range(VIDEOS)]
    assert esvs["class_name"].values[3] == "entfernt – ä"
    assert esvs.attrs["made_from"] == {"seed": 0, "model": {"hidden_dim": 256}}
    assert (
        esvs.attrs["estimator"] == "exact"
        and esvs.attrs["fingerprint"]
        and esvs.attrs["playfair_version"]
    )
    np.testing.assert_array_equal(esvs["esv"].values[:, 1, 2], np.arange(VIDEOS))


def test_missing_blocks_are_those_not_written(tmp_path: Path) -> None:
    store = new(tmp_path / "frames-03.zarr")
    assert store.missing() == [0, 1, 2]
    fill(store, [1])
    assert new(store.path).missing() == [0, 2]
    with pytest.raises(ValueError, match="1 of 3 blocks"):
        open_store(store.path)


def test_two_stores_of_the_same_values_are_bitwise_equal_in_any_order(tmp_path: Path) -> None:
    first, second = new(tmp_path / "a.zarr"), new(tmp_path / "b.zarr")
    fill(first, [0, 1, 2])
    fill(second, [2, 1, 0])
    assert contents(first.path) == contents(second.path)


def test_a_store_of_another_configuration_is_refused_or_replaced(tmp_path: Path) -> None:
    fill(new(tmp_path / "a.zarr"), [0, 1, 2])
    with pytest.raises(MismatchError, match="seed: made with 0, asked for 1"):
        new(tmp_path / "a.zarr", seed=1)
    assert open_store(tmp_path / "a.zarr").attrs["made_from"]["seed"] == 0
    assert new(tmp_path / "a.zarr", seed=1, overwrite=True).missing() == [0, 1, 2]


def test_a_store_whose_replacement_was_cut_short_is_made_anew(
    tmp_path: Path, killed_while_deleting
) -> None:
    fill(new(tmp_path / "a.zarr"), [0, 1, 2])
    with killed_while_deleting("zarr.json"):
        new(tmp_path / "a.zarr", seed=1, overwrite=True)
    assert new(tmp_path / "a.zarr", seed=1).missing() == [0, 1, 2]


def test_a_store_of_other_videos_is_refused_or_replaced(tmp_path: Path) -> None:
    fill(new(tmp_path / "a.zarr"), [0, 1])
    with pytest.raises(MismatchError, match="videos.hash"):
        new(tmp_path / "a.zarr", first=101)
    assert new(tmp_path / "a.zarr", first=101, overwrite=True).missing() == [0, 1, 2]


def test_a_store_that_another_run_is_writing_is_not_overwritten(tmp_path: Path) -> None:
    fill(new(tmp_path / "a.zarr"), [0, 1])
    with held(tmp_path / "a.lock", wait=False), pytest.raises(BusyError):
        new(tmp_path / "a.zarr", seed=1, overwrite=True)
    assert new(tmp_path / "a.zarr").missing() == [2]


def test_a_block_takes_the_rows_of_its_videos_and_no_more(tmp_path: Path) -> None:
    store = new(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match="Block 2 of .* holds 1 videos, got score of 3"):
        store.write(2, score=np.zeros((3, CLASSES)))
    assert store.missing() == [0, 1, 2]


def test_a_store_that_is_not_there_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="experiment=esv"):
        open_store(tmp_path / "none.zarr")
