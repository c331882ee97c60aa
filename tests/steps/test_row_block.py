"""One block's two files: which comes last, what a failure leaves, what a file cut short is."""

from pathlib import Path

import numpy as np
import pytest

from playfair.steps import row_block
from playfair.steps.damage import DamageError
from playfair.steps.row_block import mapped, read_block_record, write_block

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


def written(folder: Path) -> tuple[Path, Path]:
    files = folder / "00000.npy", folder / "00000.json"
    write_block(*files, ROWS, [1, 3], {}, {})
    return files


def test_the_record_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = row_block._put
    order: list[str] = []

    def noted(file: Path, *contents: object) -> None:
        order.append(file.suffix)
        put(file, *contents)

    monkeypatch.setattr(row_block, "_put", noted)
    rows_file, record_file = written(tmp_path)
    assert order == [".npy", ".json"]
    np.testing.assert_array_equal(mapped(rows_file, read_block_record(record_file)), ROWS)


def test_what_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "00000.npy" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError):
        written(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["00000.npy"]


@pytest.mark.parametrize("n_bytes", [0, 1, 90, 175])
def test_rows_cut_short_are_damage(tmp_path: Path, n_bytes: int) -> None:
    rows_file, record_file = written(tmp_path)
    record = read_block_record(record_file)
    rows_file.write_bytes(rows_file.read_bytes()[:n_bytes])
    with pytest.raises(DamageError, match=f"it has {n_bytes} bytes of {record['bytes']}"):
        mapped(rows_file, record)
