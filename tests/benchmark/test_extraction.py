import pytest
import torch

from playfair.benchmark.extraction import measure_extraction


def test_extraction_is_timed_beside_the_bare_backbone() -> None:
    table = measure_extraction(1, torch.device("cpu"), sizes=(32,))
    row = table.iloc[0]
    assert row["bare"] > 0 and 0.1 < row["share"] < 1.5
    assert row["share"] == pytest.approx(row["bare"] / row["extraction"])
