import pytest
import torch

from playfair.benchmark.pixels import measure_pixels


def test_explaining_is_timed_beside_its_bare_passes() -> None:
    row = measure_pixels(1, torch.device("cpu"), clips=(1,)).iloc[0]
    assert 0.5 < row["over bare"] < 2
    assert row["over bare"] == pytest.approx(row["playfair"] / row["bare"])
    # half of the 28 coalitions of 6 elements; those of 5 are 14 at a time too
    assert row["batch MB"] == 14 * 6 * 2 * 3 * 48 * 48 * 4 / 1e6
