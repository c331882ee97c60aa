import numpy as np
import pandas as pd
import pytest

from playfair.analysis.compare import compare
from playfair.analysis.length import at_length, first_right, same_videos
from playfair.report.figures.length import length_figure
from tests.analysis.stores import study

UP, DOWN = [0.6, 0.3, 0.1], [0.3, 0.6, 0.1]


def rights(*by_length: list[int]) -> dict[int, pd.DataFrame]:
    """length 2, 4, … → a table of which videos are right there."""
    return {2 * i + 2: pd.DataFrame({"correct": column}) for i, column in enumerate(by_length)}


def test_one_length_is_read_from_the_true_class() -> None:
    esv = np.random.default_rng(0).normal(size=(2, 4, 3))
    esv[0, :, 0], esv[1, :, 0] = [0.2, -0.4, 0.0, 0.2], [0.4, 0.4, 0.1, -0.1]
    table = at_length(study([0, 0], [UP, DOWN], esv))
    np.testing.assert_allclose(table["score"], [0.6, 0.3], rtol=1e-6)
    assert table["correct"].tolist() == [1, 0]
    np.testing.assert_allclose(table["supporting"], [0.5, 0.75])
    np.testing.assert_allclose(table["abs_esv"], [0.2, 0.25], rtol=1e-6)
    np.testing.assert_allclose(table["strongest"], [0.2, 0.4], rtol=1e-6)


def test_a_video_counts_at_every_length_or_at_none() -> None:
    tables = {
        length: pd.DataFrame({"score": 0.5}, index=list(uids))
        for length, uids in ((8, "ac"), (2, "abcd"))
    }
    same = same_videos(tables, set("abc"))
    assert list(same) == [2, 8] and all(
        table.index.tolist() == ["a", "c"] for table in same.values()
    )


def test_the_first_right_length_is_told_from_the_one_from_which_it_stays_right() -> None:
    # videos:            always, never, from 4 on, at 2 and 6 only
    table = first_right(rights([1, 0, 0, 1], [1, 0, 1, 0], [1, 0, 1, 1]))
    assert table["frames"].tolist() == [2, 4, 6] and (table["videos"] == 4).all()
    np.testing.assert_array_equal(table["first"], [0.5, 0.25, 0])
    np.testing.assert_array_equal(table["first_by"], [0.5, 0.75, 0.75])  # never: 1 − 0.75
    np.testing.assert_array_equal(table["settled"], [0.25, 0.25, 0.25])
    np.testing.assert_array_equal(table["settled_by"], [0.25, 0.5, 0.75])


def test_who_is_right_at_the_greatest_length_has_settled_by_then() -> None:
    rng = np.random.default_rng(0)
    tables = rights(*rng.integers(0, 2, size=(5, 30)).tolist())
    table = first_right(tables)
    assert table["settled_by"].iloc[-1] == pytest.approx(tables[10]["correct"].mean())
    assert (table["settled_by"] <= table["first_by"]).all() and table["first"].sum() == table[
        "first_by"
    ].iloc[-1]


def test_every_line_of_the_figure_has_its_interval() -> None:
    esvs = study([0, 0], [UP, DOWN])
    tables = {length: at_length(esvs) for length in (4, 8)}
    means = pd.concat(
        [compare({"trn": table}).assign(frames=length) for length, table in tables.items()]
    )
    for axes in length_figure({"trn": means}, {"trn": first_right(tables)}).axes:
        drawn = [line for line in axes.lines if len(line.get_xdata())]  # others are the legend's
        assert len(drawn) == len(axes.collections) > 0
