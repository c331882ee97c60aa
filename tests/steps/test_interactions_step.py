from pathlib import Path

import numpy as np
import pytest
import torch

from playfair.steps.interactions import OWN, clip_interactions, three_measures, write_interactions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    measures = {name: np.arange(18.0).reshape(2, 3, 3) for name in (OWN, "order")}
    write_interactions(tmp_path, ["5", "7"], measures)
    return tmp_path


def test_a_clip_is_read_as_it_was_written(folder: Path) -> None:
    expected = np.arange(9.0, 18).reshape(3, 3)
    np.testing.assert_array_equal(clip_interactions(folder, "7"), expected)


def test_there_are_none_of_another_clip_or_in_another_folder(folder: Path) -> None:
    assert clip_interactions(folder, "6") is None
    assert clip_interactions(folder / "elsewhere", "7") is None


def test_a_store_whose_writing_was_cut_short_is_none_and_is_written_anew(folder: Path) -> None:
    (folder / "zarr.json").unlink()  # it comes last
    (folder / "interactions.part").mkdir()
    assert clip_interactions(folder, "7") is None
    write_interactions(folder, ["7"], {name: np.ones((1, 2, 2)) for name in (OWN, "order")})
    np.testing.assert_array_equal(clip_interactions(folder, "7"), np.ones((2, 2)))
    assert not (folder / "interactions.part").exists()


def test_a_model_is_called_with_as_many_coalitions_as_were_asked_for() -> None:
    rows: list[int] = []

    def model(units: torch.Tensor) -> torch.Tensor:
        rows.append(len(units))
        return units.mean(1)

    given = (model, torch.randn(1, 6, 2), torch.full((2,), 0.5), np.array([0]), np.array([-1]))
    three_measures(*given, batch_size=3)
    assert max(rows) == 3
    rows.clear()
    three_measures(*given)
    assert max(rows) > 3
