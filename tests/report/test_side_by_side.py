"""A result's metrics as people read them: in words, models side by side, with the table's intervals."""

import numpy as np
import pandas as pd
import pytest

from playfair.launch import terminal
from playfair.report.side_by_side import in_words, of_no_model, side_by_side
from playfair.result import Result


def row(model: str, measure: str, mean: float, low: float, high: float) -> dict[str, object]:
    return {"model": model, "measure": measure, "mean": mean, "low": low, "high": high}


ACCURACY = pd.DataFrame(
    [
        row("tsn", "top1", 0.4875, 0.425, 0.55),
        row("trn", "top1", 0.9458, 0.91, 0.968),
        row("trn − tsn", "top1", 0.4583, 0.4, 0.5),
        row("trn", "pair_top1", 0.9458, 0.1, 0.2),
    ]
)


def test_a_metric_has_the_interval_that_a_table_gives_for_it() -> None:
    metrics = {"tsn_top1": 0.4875, "trn_top1": 0.9458, "trn_videos": 240.0, "hours": 1.5}
    table = side_by_side(Result("T", "", metrics=metrics, tables={"accuracy": ACCURACY}))
    assert table.columns.tolist() == ["", "TSN", "TRN"]
    assert table.values.tolist() == [
        ["right (top-1)", "0.488 [0.425, 0.550]", "0.946 [0.910, 0.968]"],
        ["videos", "–", "240"],
    ]


def test_an_interval_of_another_number_is_not_taken() -> None:
    metrics = {"trn_top1": 0.9}
    table = side_by_side(Result("T", "", metrics=metrics, tables={"accuracy": ACCURACY}))
    assert table["TRN"].tolist() == ["0.900"]


def test_intervals_stand_in_columns_too() -> None:
    wide = pd.DataFrame(
        {"model": ["trn"], "error": [0.25], "error_low": [0.2], "error_high": [0.3]}
    )
    result = Result("T", "", metrics={"trn_published_error": 0.25}, tables={"errors": wide})
    assert side_by_side(result).values.tolist() == [
        ["published sampler: relative error", "0.250 [0.200, 0.300]"]
    ]


def test_a_row_of_several_keys_is_found_by_their_names() -> None:
    kinds = pd.DataFrame(
        [
            row("trn", "order", 0.0587, 0.053, 0.064) | {"pairs": "across the middle"},
            row("trn", "order", -0.0349, -0.041, -0.029) | {"pairs": "same side"},
        ]
    )
    metrics = {"trn_order_across": 0.0587, "trn_order_same_side": -0.0349}
    shown = side_by_side(Result("T", "", metrics=metrics, tables={"kinds": kinds}))
    assert shown["TRN"].tolist() == ["0.0587 [0.0530, 0.0640]", "−0.0349 [−0.0410, −0.0290]"]


def test_the_best_rival_stands_behind_esv() -> None:
    measures = pd.DataFrame([row("tsn", "pointing", 1.0, 1.0, 1.0) | {"method": "esv"}])
    metrics = {"tsn_esv_pointing": 1.0, "tsn_best_rival_pointing": 0.9875}
    result = Result("T", "", metrics=metrics, tables={"measures": measures})
    assert side_by_side(result)["TSN"].tolist() == ["1.00 [1.00, 1.00] (0.988)"]


def test_a_longer_name_of_a_model_is_not_taken_for_a_shorter_one() -> None:
    table = pd.DataFrame(
        [row("trn", "top1", 0.5, 0.4, 0.6), row("trn_resnet50", "top1", 0.6, 0.5, 0.7)]
    )
    metrics = {"trn_top1": 0.5, "trn_resnet50_top1": 0.6}
    shown = side_by_side(Result("T", "", metrics=metrics, tables={"accuracy": table}))
    assert shown.columns.tolist() == ["", "TRN", "trn_resnet50"]
    assert shown.values.tolist() == [
        ["right (top-1)", "0.500 [0.400, 0.600]", "0.600 [0.500, 0.700]"]
    ]


def test_what_is_of_no_model_stands_alone_unless_a_row_of_its_name_is_there() -> None:
    metrics = {"trn_max_efficiency_gap": 4e-8, "max_efficiency_gap": 4e-8, "disk_gb": 12.5}
    tables = {"esvs": pd.DataFrame({"model": ["trn"]})}
    alone = of_no_model(Result("T", "", metrics=metrics, tables=tables))
    assert alone.values.tolist() == [["disk, GB", "12.5"]]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("correct_1", "right (top-1): 1 frame"),
        ("score_16", "score of the true class: 16 frames"),
        ("supporting_uniform", "frames that support: uniform"),
        ("esv_random_logit", "ESV's random logit"),
        ("mine", "mine"),
    ],
)
def test_measures_are_called_in_words(measure: str, words: str) -> None:
    assert in_words(measure) == words


def test_the_terminal_says_what_brackets_are(capsys) -> None:
    metrics = {"tsn_top1": 0.4875, "tsn_esv_x": 0.5, "tsn_best_rival_x": 0.25}
    terminal.print_result(Result("Accuracy", "", ["TSN: right."], metrics, {"accuracy": ACCURACY}))
    lines = capsys.readouterr().out.splitlines()
    assert "tsn_top1" not in "".join(lines)
    assert lines[1:3] == ["Accuracy", "TSN: right."]
    assert "[low, high]: 95 % intervals. (…): ESV's best rival." in lines


def test_a_result_without_intervals_says_nothing_of_them(capsys) -> None:
    terminal.print_result(Result("Files", "", metrics={"files": 3.0}))
    shown = capsys.readouterr().out
    assert "files  3" in shown and "95 %" not in shown


def test_a_long_list_is_cut_and_says_so(capsys) -> None:
    metrics = {f"trn_m{number}": float(number) for number in range(terminal.MOST_ROWS + 3)}
    tables = {"t": pd.DataFrame({"model": ["trn"], "x": [np.nan]})}
    terminal.print_result(Result("Many", "", metrics=metrics, tables=tables))
    assert "… and 3 more, in the report" in capsys.readouterr().out


def test_a_run_that_has_not_answered_has_no_column() -> None:
    points = pd.DataFrame({"model": ["trn", "", None], "run": ["a", "b", "c"]})
    result = Result("T", "", metrics={"runs": 3.0, "trn_top1": 0.5}, tables={"points": points})
    assert side_by_side(result).values.tolist() == [["right (top-1)", "0.500"]]
    assert of_no_model(result).values.tolist() == [["runs", "3"]]


def test_a_share_that_no_video_counts_for_is_a_dash() -> None:
    """As within_pair is where a model is right on none."""
    tables = {"accuracy": pd.DataFrame([row("trn", "top1", 0.5, 0.4, 0.6)])}
    metrics = {"trn_top1": 0.5, "trn_within_pair": float("nan")}
    shown = side_by_side(Result("T", "", metrics=metrics, tables=tables))
    assert shown["TRN"].tolist() == ["0.500 [0.400, 0.600]", "–"]
