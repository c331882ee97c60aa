import pickle
import resource
from pathlib import Path

import numpy as np
import pytest

from playfair.steps.artefact import MismatchError
from playfair.steps.lock import BusyError, held
from playfair.steps.rows import RowStore, open_rows

LENGTHS = [3, 1, 0, 5, 2]


def clips() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(length, 4)).astype(np.float32) for length in LENGTHS]


def filled(folder: Path, blocks: list[int]) -> RowStore:
    store = open_rows(folder, {"weights": "abc"}, n_clips=len(LENGTHS), block=2)
    for block in blocks:
        skipped = {2: "cannot be decoded"} if block == 1 else None
        store.write(block, [clips()[clip] for clip in store.clips(block)], skipped)
    return store


def test_every_clip_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = filled(tmp_path / "rows", [2, 0, 1])
    for clip, rows in enumerate(clips()):
        np.testing.assert_array_equal(store[clip], rows)
    np.testing.assert_array_equal(
        store.sample(3, lambda n: np.array([n - 1, 0])), clips()[3][[4, 0]]
    )
    assert store.lengths.tolist() == LENGTHS
    assert store.skipped() == {2: "cannot be decoded"}


def test_a_store_cut_short_is_continued_with_the_missing_blocks(tmp_path: Path) -> None:
    assert filled(tmp_path / "rows", [1]).missing() == [0, 2]
    again = open_rows(tmp_path / "rows", {"weights": "abc"}, n_clips=len(LENGTHS), block=2)
    assert again.missing() == [0, 2]
    with pytest.raises(ValueError, match="1 of 3 blocks"):
        _ = again.lengths


def test_a_part_file_of_a_killed_writer_is_not_taken_for_a_block(tmp_path: Path) -> None:
    store = filled(tmp_path / "rows", [0, 2])
    (tmp_path / "rows" / "00001.999.part").write_bytes(b"half a block")
    assert store.missing() == [1]


def test_rows_made_from_something_else_are_refused_unless_overwritten(tmp_path: Path) -> None:
    filled(tmp_path / "rows", [0, 1, 2])
    with pytest.raises(MismatchError, match="made_from.weights: made with abc, asked for xyz"):
        open_rows(tmp_path / "rows", {"weights": "xyz"}, n_clips=len(LENGTHS), block=2)
    fresh = open_rows(
        tmp_path / "rows", {"weights": "xyz"}, n_clips=len(LENGTHS), block=2, overwrite=True
    )
    assert fresh.missing() == [0, 1, 2]


def test_rows_whose_replacement_was_cut_short_are_not_taken_for_the_new_ones(
    tmp_path: Path, killed_while_deleting
) -> None:
    filled(tmp_path / "rows", [0, 1, 2])
    with killed_while_deleting("store.json"):
        open_rows(
            tmp_path / "rows", {"weights": "xyz"}, n_clips=len(LENGTHS), block=2, overwrite=True
        )
    fresh = open_rows(tmp_path / "rows", {"weights": "xyz"}, n_clips=len(LENGTHS), block=2)
    assert fresh.missing() == [0, 1, 2]
    open_rows(tmp_path / "rows", {"weights": "abc"}, n_clips=len(LENGTHS), block=2, overwrite=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [
        "rows"
    ]  # what was left behind is gone too


def test_reading_maps_the_file_and_a_pickled_store_reads_too(tmp_path: Path) -> None:
    store = pickle.loads(pickle.dumps(filled(tmp_path / "rows", [0, 1, 2])))
    assert not store[0].flags.writeable
    assert (
        str(tmp_path / "rows" / "00000.npy") in Path("/proc/self/maps").read_text()
    )  # mapped, not read
    np.testing.assert_array_equal(store[4], clips()[4])


def test_a_block_needs_the_rows_of_all_its_clips(tmp_path: Path) -> None:
    store = open_rows(tmp_path / "rows", {}, n_clips=5, block=2)
    with pytest.raises(ValueError, match="holds 2 clips, got the rows of 1"):
        store.write(0, [np.zeros((1, 4))])


def test_rows_that_another_run_is_writing_are_not_overwritten(tmp_path: Path) -> None:
    store = filled(tmp_path / "rows", [0, 1])
    with held(tmp_path / "rows.lock", wait=False), pytest.raises(BusyError):
        open_rows(
            tmp_path / "rows", {"weights": "xyz"}, n_clips=len(LENGTHS), block=2, overwrite=True
        )
    assert store.missing() == [2]


def test_more_blocks_than_a_process_may_have_files_are_read(tmp_path: Path) -> None:
    n_clips = 400
    store = open_rows(tmp_path / "rows", {}, n_clips=n_clips, block=1)
    for clip in range(n_clips):
        store.write(clip, [np.full((1, 2), clip)])
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 300, before[1])
    )
    try:
        assert [int(store[clip][0, 0]) for clip in range(n_clips)] == list(range(n_clips))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
