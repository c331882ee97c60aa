"""What the table of estimators and their peers says, on a table that is made up."""

import numpy as np
import pandas as pd
import pytest

from playfair.analysis.peers import LEAST, cases
from playfair.benchmark.peers.measure import COLUMNS
from playfair.experiments.benchmark import benchmark
from playfair.experiments.peers import findings_of, metrics_of
from playfair.report.figures.peers import peers_figure
from tests.golden import figure_data

ROWS = [
    # game, removal, elements, budget, library, estimator, evaluations, error, ms, exact_ms, note
    ("GRU", "delete", 12, 300, "playfair", "chosen by itself", 299, 2e-3, 8, 63, "took kernel"),
    ("GRU", "delete", 12, 300, "playfair", "stratified", 299, 1e-4, 4, 63, ""),
    ("GRU", "delete", 12, 300, "captum", "KernelShap", 298, 8e-3, 60, 63, ""),
    ("GRU", "delete", 12, 300, "shapiq", "ProxySHAP", 300, 1e-3, 32, 63, ""),
    ("GRU", "delete", 12, 300, "shapiq", "OddSHAP", np.nan, np.nan, np.nan, 63, "ValueError: no"),
    ("TRN", "freeze", 12, 900, "playfair", "chosen by itself", 900, 1e-3, 16, 9, "took a; exact …"),
    ("TRN", "freeze", 12, 900, "shapiq", "ProxySHAP", 900, 4e-3, 16, 9, "exact …"),
    ("GRU", "delete", 12, 300, "shapiq", "SVARM", 300, 2e-2, 90, 63, "exact …"),
    ("TRN", "freeze", 12, 300, "playfair", "chosen by itself", 300, 0.0, 12, 9, "took a"),
    ("TRN", "freeze", 12, 300, "shapiq", "ProxySHAP", 300, 4e-9, 12, 9, ""),
    # nothing to compare with
    ("TSN", "delete", 32, 300, "playfair", "chosen by itself", 300, 1e-3, 12, np.nan, "took a"),
]
TABLE = pd.DataFrame(
    ROWS,
    columns=[
        *("game", "removal", "elements", "budget", "library", "estimator"),
        *("evaluations", "error", "ms", "exact_ms", "note"),
    ],
).assign(pass_ms=0.01, next_ms=4.0, truth="exact", truth_error=0.0, classes=1)


def test_a_case_is_ours_beside_the_best_of_the_others() -> None:
    of_cases = cases(TABLE)
    assert of_cases[["game", "budget"]].to_numpy().tolist() == [
        ["GRU", 300],
        ["TRN", 900],
        ["TRN", 300],
    ]
    gru, trn, small = of_cases.to_dict("records")
    assert (gru["ours"], gru["peer"]) == ("kernel", "shapiq ProxySHAP")
    assert gru["over_peer"] == pytest.approx(2e-3 / 1e-3)  # not stratified's, which was not chosen
    assert gru["ms_over_peer"] == pytest.approx(8 / 32)
    assert gru["next_ms_over_peer"] == pytest.approx(4 / 32)
    assert not gru["exact_is_better"]  # 63 ms against 4 + 3 of the fastest
    assert (trn["ours"], trn["over_peer"], trn["exact_is_better"]) == ("a", 0.25, True)
    assert LEAST == 1e-9
    assert small["over_peer"] == pytest.approx(1 / 4)  # 0 is float32's least


def test_the_metrics_are_geometric_means_and_the_worst_case() -> None:
    over = [2, 0.25, 0.25]
    assert metrics_of(TABLE) == pytest.approx(
        {
            "error_over_best_peer": np.prod(over) ** (1 / 3),
            "error_over_best_peer_worst": 2,
            "ms_over_best_peer": (8 / 32) ** (1 / 3),
            "next_ms_over_best_peer": (4 / 32 * 4 / 16 * 4 / 12) ** (1 / 3),
        }
    )
    assert metrics_of(TABLE[:0]) == {}


def test_the_sentences_say_who_is_ahead_and_where_exact_is() -> None:
    ahead, in_time, exact = findings_of(TABLE)
    assert ahead == (
        "Error of the estimator that is chosen by itself over the best peer's at equal "
        "evaluations: 0.500 (geometric mean over 3 cases), smaller in 2; at worst 2 (GRU, delete, 12 "
        "elements, 300 evaluations: shapiq ProxySHAP errs 0.00100, kernel 0.00200)."
    )
    assert in_time.endswith(
        "over that peer's of one class: 0.630 for a first clip, 0.218 for each further one of a "
        "loop, which shares what is drawn (geometric means)."
    )
    assert exact.startswith(
        "Exact values are cheaper than every estimate, and better: TRN, freeze, 12 elements (9 ms)."
    )


def test_peers_that_are_not_there_are_named_with_what_to_type() -> None:
    waiting = [
        {"library": "shapiq", "estimator": name, "note": "not measured: type make env-peers"}
        for name in ("A", "B")
    ]
    alone = TABLE[TABLE["library"] == "playfair"]
    table = pd.concat([alone, pd.DataFrame(waiting)], ignore_index=True)
    assert findings_of(table) == [
        "A, B of shapiq were not measured: type make env-peers, which makes an environment for "
        "them, and the same command again."
    ]
    assert findings_of(pd.DataFrame(columns=list(COLUMNS))) == []


def test_the_figure_draws_errors_against_the_time_with_passes() -> None:
    figure = peers_figure(TABLE)
    gru, trn, tsn = figure.axes
    assert gru.get_title(loc="left") == "(a) GRU, delete\n12 elements"
    drawn = {tuple(line.get_ydata()): list(line.get_xdata()) for line in gru.lines}
    assert drawn[(2e-3,)] == pytest.approx([8 + 0.01 * 299])
    assert drawn[(8e-3,)] == pytest.approx([60 + 0.01 * 298])
    grey = figure_data.to_hex("#999999")
    exact = [line for line in gru.lines if figure_data.to_hex(line.get_color()) == grey]
    assert [63, 63] in [list(line.get_xdata()) for line in exact]
    of_two = [line for line in trn.lines if list(line.get_ydata()) == [1e-3, 1e-8]]  # in place of 0
    assert of_two[0].get_linestyle() == "-"  # ours are drawn through
    assert len(tsn.lines) == 2  # one estimate, and what answering 0 has: no exact values
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[0] == "playfair chosen by itself" and names[-1] == "exact values: no error"
    assert "shapiq OddSHAP" not in names  # it has no number


def test_a_grid_that_there_is_not_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(
        ValueError, match=r"experiment.peers=…, one of none, one, short, wide, full; got all"
    ):
        benchmark(
            [],
            n_frames=8,
            rounds=1,
            repeats=1,
            n_videos=1,
            long_run=1600,
            split_size=300,
            device="cpu",
            peers="all",
        )
