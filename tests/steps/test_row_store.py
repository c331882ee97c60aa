import pickle
import resource
from pathlib import Path

import numpy as np
import pytest

from playfair.steps.row_store import RowStore

LENGTHS = [3, 1, 0, 5, 2]


def clips() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(length, 4)).astype(np.float32) for length in LENGTHS]


def filled(folder: Path, blocks: list[int]) -> RowStore:
    folder.mkdir(exist_ok=True)
    store = RowStore(folder, n_clips=len(LENGTHS), block=2)
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
    again = RowStore(tmp_path / "rows", n_clips=len(LENGTHS), block=2)
    assert again.missing() == [0, 2]
    with pytest.raises(ValueError, match="1 of 3 blocks"):
        _ = again.lengths


def test_of_a_split_without_clips_there_are_no_lengths(tmp_path: Path) -> None:
    store = RowStore(tmp_path, n_clips=0, block=2).looked_over("test", "fail")
    assert store.missing() == [] and store.lengths.tolist() == store.starts.tolist() == []


def test_a_part_file_of_a_killed_writer_is_not_taken_for_a_block(tmp_path: Path) -> None:
    store = filled(tmp_path / "rows", [0, 2])
    (tmp_path / "rows" / "00001.999.part").write_bytes(b"half a block")
    assert store.missing() == [1]


@pytest.mark.parametrize("ending", ["npy", "json"])
def test_a_block_counts_with_its_rows_and_its_record(tmp_path: Path, ending: str) -> None:
    store = filled(tmp_path / "rows", [0, 1, 2])
    (tmp_path / "rows" / f"00001.{ending}").unlink()
    assert store.missing() == [1]


def test_reading_maps_the_file_and_a_pickled_store_reads_too(tmp_path: Path) -> None:
    store = pickle.loads(pickle.dumps(filled(tmp_path / "rows", [0, 1, 2])))
    assert not store[0].flags.writeable
    assert (
        str(tmp_path / "rows" / "00000.npy") in Path("/proc/self/maps").read_text()
    )  # mapped, not read
    np.testing.assert_array_equal(store[4], clips()[4])


def test_a_block_needs_the_rows_of_all_its_clips(tmp_path: Path) -> None:
    store = RowStore(tmp_path, n_clips=5, block=2)
    with pytest.raises(ValueError, match="holds 2 clips, got the rows of 1"):
        store.write(0, [np.zeros((1, 4))])


def test_more_blocks_than_a_process_may_have_files_are_read(tmp_path: Path) -> None:
    n_clips = 400
    store = RowStore(tmp_path, n_clips=n_clips, block=1)
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


def test_the_first_clips_that_are_left_out_are_reported_with_their_reasons(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path / "rows", [0, 1, 2]).looked_over("validation", "skip")
    assert caplog.messages == ["1 clip of the validation split is left out:\n  cannot be decoded"]


def test_clips_left_out_before_stop_a_run_that_wants_all(tmp_path: Path) -> None:
    store = filled(tmp_path / "rows", [0, 1, 2])
    with pytest.raises(ValueError, match=r"(?s)cannot be decoded.*dataset.broken=skip"):
        store.looked_over("validation", "fail")
