"""docs/statistics.md: how often intervals hold is what the benchmark measures."""

import re

import pytest

from playfair.benchmark.intervals import measure_intervals
from tests.pages import text_of

KINDS = {
    "normal": "normal",
    "skewed (exponential)": "skewed",
    "as ESVs: 3 in 10 large, the others near 0": "mostly near 0",
    "a share of 0.95": "share 0.95",
    "a share of 0.99": "share 0.99",
    "trainings differ, videos do not": "trainings differ",
    "videos' spread 4 times the trainings'": "trainings and videos differ",
    "videos differ, trainings do not": "videos differ",
}


def numbers(cell: str) -> list[float]:
    return [float(word) for word in re.findall(r"[\d.]+", cell)]


@pytest.mark.whole  # test_interval_coverage.py has the same studies in small
def test_the_page_says_how_often_intervals_hold_the_truth() -> None:
    measured = measure_intervals(2000).set_index(["of", "trainings", "videos"])
    table = text_of("docs/statistics.md").split("2,000 simulated studies")[1].split("\n\n")[1]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert [row[0] for row in rows] == list(KINDS)
    for kind, sizes, *said in rows:
        trainings, videos = map(numbers, sizes.split(" × "))
        keys = [(KINDS[kind], t, v) for t in trainings for v in videos]
        for column, cell in zip(("coverage", "bootstrap"), said, strict=True):
            expected = measured.loc[keys, column].to_list()
            assert numbers(cell) == pytest.approx(expected, abs=0.0051), (kind, column)
