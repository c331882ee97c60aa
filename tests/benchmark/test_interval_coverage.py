"""The table of coverage: what is simulated, at a small number of studies."""

from playfair.benchmark.intervals import measure_intervals


def test_intervals_hold_the_truth_where_a_bootstrap_of_few_does_not() -> None:
    table = measure_intervals(60).set_index(["of", "trainings", "videos"])
    assert (table["coverage"] >= 0.85).drop([("mostly near 0", 1, n) for n in (3, 5)]).all()
    trainings = table.loc[("trainings differ", 2, 60)]
    assert trainings["coverage"] > 0.85 and trainings["bootstrap"] < 0.7
    assert table.loc[("normal", 1, 5), "bootstrap"] < 0.93
    assert len(table) == 6 * 3 + 4 + 4 * 3 and (table["length"] > 0).all()
