from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.steps.damage import DamageError
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.manifest import CREATED
from tests.conftest import contents

VIDEOS, FRAMES, CLASSES = 7, 3, 4


def new(path: Path) -> ESVStore:
    return create_store(
        path,
        uids=[str(100 + video) for video in range(VIDEOS)],
        labels=np.arange(VIDEOS) % CLASSES,
        prior=np.full(CLASSES, 1 / CLASSES),
        class_names=["up", "down", "left", "entfernt – ä"],
        n_frames=FRAMES,
        twins=np.array([1, 0, -1, -1]),
        evidence=np.array([[video, video + 2] for video in range(VIDEOS)]),
        clip_frames=np.arange(VIDEOS) + 10,
        attributes={"model": "trn", "counts": {"too_short": 2}},
        block=3,
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


def test_the_store_opens_with_xarray_as_the_contract_says(tmp_path: Path) -> None:
    store = new(tmp_path / "trn-3-frames")
    fill(store, [2, 0, 1])
    esvs = xr.open_zarr(store.path)
    assert esvs["esv"].dims == ("video", "element", "class")
    assert esvs["score"].dims == ("video", "class")
    coordinates = {"video", "label", "frame_index", "clip_frames", "evidence", "class_name", "twin"}
    assert set(esvs.coords) == coordinates
    assert esvs["video"].values.tolist() == [str(100 + video) for video in range(VIDEOS)]
    assert esvs["class_name"].values[3] == "entfernt – ä"
    assert esvs["twin"].values.tolist() == [1, 0, -1, -1]
    assert esvs["evidence"].values[4].tolist() == [4, 6]
    assert esvs["clip_frames"].values.tolist() == list(range(10, 17))
    assert esvs.attrs["model"] == "trn" and esvs.attrs["counts"] == {"too_short": 2}
    np.testing.assert_array_equal(esvs["esv"].values[:, 1, 2], np.arange(VIDEOS))


def test_missing_blocks_are_those_not_written(tmp_path: Path) -> None:
    store = new(tmp_path / "a")
    assert store.missing() == [0, 1, 2]
    fill(store, [1])
    assert ESVStore(store.path, block=3).missing() == [0, 2]
    with pytest.raises(ValueError, match="1 of 3 blocks"):
        open_store(store.path)


def test_two_stores_of_the_same_values_are_bitwise_equal_in_any_order(tmp_path: Path) -> None:
    first = new(tmp_path / "a")
    second = new(tmp_path / "b")
    fill(first, [0, 1, 2])
    fill(second, [2, 1, 0])
    assert contents(first.path) == contents(second.path)


def test_a_store_that_a_killed_run_has_only_begun_to_create_is_created_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "made_from.json").write_text("{}")
    with monkeypatch.context() as patch:
        patch.setattr("zarr.consolidate_metadata", killed)
        with pytest.raises(KeyboardInterrupt):
            new(tmp_path / "a")
    assert not ESVStore(tmp_path / "a").exists()
    store = new(tmp_path / "a")
    assert store.exists() and store.missing() == [0, 1, 2]
    assert (tmp_path / "a" / "made_from.json").exists()


def test_videos_that_could_not_be_explained_are_left_out_and_named(tmp_path: Path) -> None:
    store = new(tmp_path / "a")
    fill(store, [0, 1, 2])
    score = np.zeros((3, CLASSES))
    score[1] = np.nan
    store.write(1, score=score)
    esvs = open_store(store.path)
    assert esvs.attrs["unexplained"] == ["104"]
    assert "104" not in esvs["video"].values and esvs.sizes["video"] == VIDEOS - 1


def test_a_block_takes_the_rows_of_its_videos_and_no_more(tmp_path: Path) -> None:
    store = new(tmp_path / "a")
    with pytest.raises(ValueError, match="Block 2 of .* holds 1 video, got score of 3"):
        store.write(2, score=np.zeros((3, CLASSES)))
    assert store.missing() == [0, 1, 2]


def test_a_store_that_is_not_there_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="experiment=esv"):
        open_store(tmp_path / "none.zarr")


def test_a_damaged_store_is_told_as_damage(tmp_path: Path) -> None:
    store = new(tmp_path / "a")
    (store.path / "zarr.json").write_text("{")
    with pytest.raises(DamageError, match=rf"{store.path}/zarr.json is damaged: it is no group"):
        store.exists()


def test_what_a_store_was_created_with_is_held_to_that_while_blocks_are_written(
    tmp_path: Path,
) -> None:
    """A bit of the metadata, as a whole file that still says what an array is."""
    store = new(tmp_path / "trn-3-frames")
    fill(store, [0, 1])
    file = store.path / "esv" / "zarr.json"
    file.write_text(file.read_text().replace('"NaN"', '"0.0"'))
    for look in (store.torn, store.digests, lambda: new(store.path)):
        with pytest.raises(DamageError, match=rf"{file} is damaged"):
            look()


def test_a_store_whose_list_of_what_it_was_created_with_is_gone_gets_it_again(
    tmp_path: Path,
) -> None:
    store = new(tmp_path / "trn-3-frames")
    fill(store, [0, 1, 2])
    before = contents(store.path)
    (store.path / CREATED).unlink()
    assert not store.exists()
    new(store.path)
    assert store.exists() and store.missing() == [] and contents(store.path) == before
