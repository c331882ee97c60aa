"""Intervals of means end where a mean can be."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.analysis.approximation import summary
from playfair.analysis.compare import compare
from playfair.analysis.comparison import means
from playfair.analysis.registry import MEASURES, Measure


def test_no_interval_of_a_share_leaves_0_to_1_and_those_of_differences_may() -> None:
    # 11 of 12 videos have none: a studentised bootstrap's low end lies below 0
    values = [0.25] + [0.0] * 11
    rare = pd.DataFrame(dict.fromkeys(("mass", "moved", "changed_sides"), values))
    often = 1 - rare
    table = compare({"tsn": rare, "trn": often}).set_index(["model", "measure"])
    assert table.loc[("tsn", "moved"), "low"] < 0  # what no range is known of
    assert table.loc[("tsn", "mass"), "low"] == 0
    assert table.loc[("trn", "mass"), "high"] == 1
    parts = table.xs("changed_sides", level="measure")  # Wilson's, which never ends there
    assert 0 < parts.loc["tsn", "low"] < 0.01 and 0.99 < parts.loc["trn", "high"] < 1
    same = compare({"tsn": rare, "trn": rare * 0}).set_index(["model", "measure"])
    for measure in ("mass", "changed_sides"):
        assert same.loc[("trn − tsn", measure), "low"] < 0


def test_no_interval_of_coverage_or_error_is_where_none_can_be() -> None:
    few = np.array([1.0] * 11 + [0.9])
    table = pd.DataFrame({"mse": 1 - few, "square": 1.0, "correlation": few, "coverage": few})
    row = summary(table)
    assert row["coverage_high"] == row["correlation_high"] == 1
    assert row["mse_low"] == 0 and row["error_low"] >= 0
    assert row["coverage_low"] < row["coverage"] < 1


def test_a_measure_says_itself_where_its_intervals_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the comparison; one of a plug-in's that says nothing ends anywhere."""
    values = np.array([[0.25] + [0.0] * 11]).T
    measures = (
        "pointing",
        "mine",
        "bounded",
        "bounded_half",
        "bounded_not_x",
        "model_randomisation_last",
    )
    judged = xr.Dataset({name: (("method", "video"), values.T) for name in measures})
    judged = judged.assign_coords(method=["esv"])
    about = {"title": "", "unit": ""}
    monkeypatch.setitem(MEASURES, "mine", Measure(lambda _: None, **about))
    monkeypatch.setitem(MEASURES, "bounded", Measure(lambda _: None, **about, within=(0.0, 0.03)))
    monkeypatch.setitem(MEASURES, "bounded_not", Measure(lambda _: None, **about))
    table = means(judged).set_index("measure")
    assert table.loc["pointing", "low"] == 0 and table.loc["mine", "low"] < 0
    assert table.loc["bounded", "high"] == 0.03 < table.loc["pointing", "high"]
    # rows of measures that answer with a mapping
    assert table.loc["bounded_half", "high"] == 0.03 < table.loc["bounded_not_x", "high"]
    assert table.loc["model_randomisation_last", "low"] == 0
