from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from playfair.launch import suggest, terminal
from playfair.report import save
from playfair.report.figures.benchmark import benchmark_figure
from playfair.report.figures.interactive import Lines
from playfair.report.figures.strips import strips_figure
from playfair.report.look import MUTED, drawn_across, style
from playfair.result import Result, Strip

OKABE_ITO = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"]


def figure(pictures: bool = False) -> Figure:
    drawn = Figure(figsize=(1, 1))
    axes = drawn.subplots()
    axes.imshow(np.zeros((2, 2))) if pictures else axes.plot([0, 1])
    return drawn


def result() -> Result:
    part = Result("A part", "Its summary.", metrics={"inner": 0.5}, figures={"plot": figure()})
    table = pd.DataFrame({"model": ["tsn", "<b>"], "value": [0.5, 1.0]})
    return Result(
        "Title & more",
        "What was asked.",
        ["A < B."],
        {"top1": 0.25},
        {"numbers": table},
        {"film": figure(True)},
        parts=(part,),
    )


def test_findings_are_the_first_that_the_terminal_says(capsys, tmp_path: Path) -> None:
    terminal.print_result(result())
    said = capsys.readouterr().out
    assert said.index("A < B.") < said.index("right (top-1)")


def test_a_run_folder_is_complete_without_wandb(tmp_path: Path) -> None:
    save.save(result(), tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {
        "metrics.json", "report.html", "numbers.csv", "film.png", "film.svg", "film.pdf",
        "a-part/metrics.json", "a-part/plot.png", "a-part/plot.svg", "a-part/plot.pdf",
    }  # fmt: skip


def test_a_line_that_answers_the_mouse_has_the_colour_of_its_name_whatever_its_dash() -> None:
    names, curves = list("abcdefg"), ["deletion", "insertion"]
    rows = [
        {"x": x, "y": 1, "low": 0, "high": 2, "of": of, "curve": curve}
        for curve in curves
        for of in names
        for x in (0, 1)
    ]
    titles = ("x", "y")
    drawn = Lines(pd.DataFrame(rows), x="x", y="y", by="of", titles=titles, dashes="curve")().data
    colours = {line.name: line.line.color for line in drawn}
    assert len(drawn) == 14 and len(set(colours.values())) == 7
    assert all(colours[f"{name} deletion"] == colours[f"{name} insertion"] for name in names)


def test_lines_without_a_colour_of_their_own_are_told_apart_by_colour_blind_readers() -> None:
    with style():
        axes = Figure().subplots()
        drawn = [axes.plot([0, 1])[0].get_color() for _ in range(8)]
    assert len(set(drawn)) == 8 and set(drawn) <= {*OKABE_ITO, *MUTED}


def test_an_estimator_has_one_colour_in_both_units() -> None:
    rows = [
        ("evaluations of heads", "ours"),
        ("calls of the model", "another's"),
        ("calls of the model", "ours"),
    ]
    error = pd.DataFrame(
        [{"counted in": unit, "estimator": of, "evaluations": 9, "mse": 1.0} for unit, of in rows]
    )
    speed = pd.DataFrame({"frames": [4], "floor": 1.0, "over floor": 1.0, "peak MB": 1.0})
    length = pd.DataFrame({"estimator": ["ours"], "frames": 4, "ms": 1.0})
    panels = benchmark_figure(speed, error, length).axes[3:5]
    colours = {(line.get_label(), line.get_color()) for axes in panels for line in axes.lines}
    assert len(colours) == 2 and sum(len(axes.lines) for axes in panels) == 3


def test_figures_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    for run in ("a", "b"):
        save.save(Result("T", "S", figures={"plot": figure()}), tmp_path / run)
    assert (tmp_path / "a" / "plot.svg").read_bytes() == (tmp_path / "b" / "plot.svg").read_bytes()


def test_every_bar_of_a_strip_stands_under_its_frame() -> None:
    strip = Strip(
        "Moving something up",
        np.zeros((4, 24, 32, 3), np.uint8),
        np.array([2, 7, 12, 17]),
        {"tsn": np.array([0.1, -0.2, 0.0, 0.3]), "trn": np.array([0.4, 0.2, 0.1, 0.0])},
        {"tsn": "score 0.1\nright", "trn": "score 0.7\nright"},
        (5, 13),
    )
    drawn = strips_figure([strip, strip])
    places = {(*axes.get_position().intervalx, *axes.get_xlim()) for axes in drawn.axes}
    assert len(places) == 1
    film = drawn.axes[0]
    # frames 7 and 12 of [5, 13)
    assert film.lines[0].get_xdata().tolist() == pytest.approx([1 - 0.47, 2 + 0.47])


def test_in_one_column_every_row_of_bars_has_its_models_name_and_the_first_its_whole_score() -> (
    None
):
    names = ("tsn", "videomae-base-finetuned-ssv2")
    notes = dict.fromkeys(names, "score >0.999\nsays: Moving something and something closer")
    esvs = dict.fromkeys(names, np.linspace(-0.1, 0.3, 8))
    frames = np.zeros((8, 24, 32, 3), np.uint8)
    with drawn_across("one"):
        drawn = strips_figure([Strip("up", frames, np.arange(8), esvs, notes, None)])
    words = [text.get_text() for text in drawn.texts if text.get_text()]
    assert words.count("TSN") == words.count("videomae-bas…etuned-ssv2") == 2
    assert sum(word.startswith("score >0.999, ") for word in words) == 2


@pytest.mark.parametrize(
    ("word", "answer"),
    [("positon", "Did you mean position?"), ("zzz", "There are: esv, position, train.")],
)
def test_nearest_names_what_may_have_been_meant(word: str, answer: str) -> None:
    assert suggest.nearest(word, ["esv", "train", "position"]) == answer
