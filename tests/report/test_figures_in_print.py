"""All figures as a paper prints them: as wide as its columns, legible, embedded, nothing over
another.
"""

import warnings
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from playfair.analysis.settings import settings_of
from playfair.experiments.classes import classes
from playfair.experiments.comparison import comparison
from playfair.experiments.interactions import interactions
from playfair.experiments.length import length
from playfair.experiments.position import position
from playfair.experiments.prior import prior
from playfair.experiments.support import support
from playfair.report.figures import scripts
from playfair.report.figures.accuracy import accuracy_figure
from playfair.report.figures.approximation import approximation_figure
from playfair.report.figures.benchmark import benchmark_figure
from playfair.report.figures.contact_sheet import Contact, contact_sheet
from playfair.report.figures.known_values import known_values_figure
from playfair.report.figures.one_clip import ClipView, ModelView, one_clip_figure
from playfair.report.figures.peers import peers_figure
from playfair.report.figures.removal import removal_figure
from playfair.report.figures.settings import settings_figure
from playfair.report.figures.strips import strips_figure
from playfair.report.figures.training import training_figure
from playfair.report.figures.watched import watched_figure
from playfair.report.look import SMALL, WIDTHS, drawn_across, style
from playfair.report.rendered import rendered
from playfair.result import Strip
from playfair.steps.run_folder import IS_FINISHED, RunFolder
from tests.golden import closed_form

pytestmark = pytest.mark.whole  # every figure, drawn and measured

CLASS = "Moving something and something closer to each other"
TALLEST = 9.0  # inches that a page of a paper has for a figure
LONG = "videomae-base-finetuned-ssv2"
MEASURES = ("sensitivity_n", "infidelity")
METHODS = ("esv", "integrated_gradients", "leave_one_out", "both_ends", "centre", "uniform")


class Word(NamedTuple):
    """A line of text as it is drawn.

    Attributes:
        size: points.
        place: pixels, from below.
    """

    text: str
    size: float
    place: Bbox


def words(figure: Figure) -> list[Word]:
    """Every line of text that is drawn, with where it is drawn."""
    drawn: list[Word] = []
    with style():
        figure.set_dpi(100)
        canvas = FigureCanvasAgg(figure)
        renderer = canvas.get_renderer()
        write = renderer.draw_text

        def read(gc, x, y, text, font, angle, ismath=False, mtext=None) -> None:
            across, tall, below = renderer.get_text_width_height_descent(text, font, ismath)
            y = renderer.height - y
            if angle == 90:
                place = Bbox.from_extents(x - tall + below, y, x + below, y + across)
            else:
                assert angle == 0
                place = Bbox.from_extents(x, y - below, x + across, y - below + tall)
            if text.strip():
                drawn.append(Word(text, font.get_size_in_points(), place))
            write(gc, x, y, text, font, angle, ismath, mtext)

        renderer.draw_text = read
        figure.draw(renderer)
    return drawn


def of_experiments(studies: list, others: list, outputs) -> Iterator[tuple[str, Figure]]:
    """The figures of a paper's run, but those that need clips, by experiment and name."""
    results = {
        "support": support(studies, n_frames=4),
        "position": position(studies, n_frames=4),
        "classes": classes(studies, n_frames=4),
        "prior": prior(closed_form.tsn_and_trn(), n_frames=4),
        "length": length(others, lengths=[1, 2, 4]),
    }
    formula = [closed_form.by_formula(name, (4,), outputs=outputs) for name in ("tsn", "trn")]
    results["interactions"] = interactions(formula, n_frames=4)
    results["comparison"] = comparison(formula, n_frames=4, methods=METHODS, measures=MEASURES)
    for experiment, result in results.items():
        for name, figure in result.figures.items():
            yield f"{experiment}: {name}", figure


def of_pictures() -> Iterator[tuple[str, Figure]]:
    """The figures that show frames, and those of experiments beside a paper's run."""
    draw = np.random.default_rng(0)
    for n_elements in (8, 16):
        frames = draw.integers(0, 255, (n_elements, 48, 64, 3), np.uint8)
        esvs = {name: draw.normal(0.05, 0.1, n_elements) for name in ("tsn", LONG)}
        notes = {"tsn": f"score 0.35\nsays: {CLASS}", LONG: "score 0.60\nright"}
        strip = Strip(f"{CLASS}  (clip 1)", frames, 3 * np.arange(n_elements), esvs, notes, (2, 9))
        yield f"strips of {n_elements}", strips_figure([strip])
    yield (
        "watched",
        watched_figure(draw.normal(0, 0.1, (4, 8)), [CLASS] * 4, frames[None, :8].repeat(4, 0)),
    )
    yield "contacts", contact_sheet([Contact(f"{CLASS}, {i}", frames[:4]) for i in range(5)])
    removed = {order: draw.random((9, 3)) for order in ("supporting", "distracting")}
    model = ModelView(
        draw.normal(0, 0.1, (8, 3)),
        None,
        np.array([0.7, 0.2, 0.1]),
        np.full(3, 1 / 3),
        removed,
        [0, 1],
    )
    clip = ClipView(
        "1  (48 frames, 4 s)",
        frames[:8],
        6 * np.arange(8)[:, None],
        np.arange(8) / 2,
        [CLASS, "Up", "Down"],
        {"trn": model, LONG: model},
    )
    yield "one clip", one_clip_figure(clip)
    ends = {"mean": 0.9, "low": 0.85, "high": 0.95}
    measures = ("top1", "top5", "pair_top1", "within_pair")
    table = pd.DataFrame([{"measure": measure, **ends} for measure in measures])
    yield "accuracy", accuracy_figure({"tsn": table, LONG: table})
    removal = [
        {"model": "trn", "removal": how, "elements": n, "measure": what, **ends}
        for how in ("drop", "freeze")
        for n in range(5)
        for what in ("correct", "score")
    ]
    yield "removal", removal_figure(pd.DataFrame(removal))
    agreement = [
        {"model": "trn", "method": name, "measure": measure, **ends}
        for name in ("esv", "both_ends")
        for measure in ("pearson", "spearman", "distractors_found")
    ]
    titles = {"esv": "ESV", "both_ends": "(leave-one-out + singleton) / 2"}
    yield "known values", known_values_figure(pd.DataFrame(agreement), titles)


def of_measurements() -> Iterator[tuple[str, Figure]]:
    """The figures of what is measured: estimates, speed, training, settings."""
    estimates = [
        {"model": model, "frames": frames, "estimator": name, "budget": budget}
        | {"ms": 3.0 * budget, "exact_ms": 90.0}
        | {"error": frames / budget**2, "error_low": 1e-6, "error_high": 1e-2}
        | {
            f"{measure}{end}": 0.7
            for measure in ("correlation", "coverage")
            for end in ("", "_low", "_high")
        }
        for model in ("tsn", LONG)
        for frames in (8, 16, 32)
        for name in ("surrogate", "constructive")
        for budget in (100, 240, 400, 900)
    ]
    yield "approximation", approximation_figure(pd.DataFrame(estimates))
    engines = ("floor", "playfair", "playfair bfloat16", "playfair TSN", "plain definition")
    speed = pd.DataFrame({"frames": [4, 8, 12, 16, 20], "over floor": 1.5, "peak MB": 120.0})
    speed = speed.assign(**{name: 2.0 ** speed["frames"] for name in engines})
    estimators = [
        f"playfair {name}" for name in ("surrogate", "constructive", "stratified", "kernel")
    ]
    estimators += ["shapiq ProxySHAP", "shapiq OddSHAP", "captum KernelShap"]
    errors = [
        {"counted in": unit, "estimator": name, "evaluations": n, "mse": 1 / n**2}
        for unit in ("evaluations of single scales' heads", "calls of the model")
        for name in estimators
        for n in (100, 200, 400, 800, 1600)
    ]
    length = [
        {"estimator": name, "frames": frames, "ms": frames / 3}
        for name in ("surrogate", "stratified")
        for frames in (32, 64, 128)
    ]
    tables = (pd.DataFrame(errors), pd.DataFrame(length))
    yield "benchmark", benchmark_figure(speed, *tables)
    rivals = [
        {"game": game, "removal": "freeze", "elements": n, "library": name.split()[0]}
        | {"estimator": name.split(maxsplit=1)[1], "evaluations": budget, "error": 9 / budget}
        | {"ms": budget / 9, "pass_ms": 0.01, "exact_ms": 63.0}
        for game, n in (("multi-scale TRN", 8), ("GRU on features", 12), ("TSN", 16), ("TSN", 32))
        for name in ("playfair chosen by itself", *estimators)
        for budget in (300, 900)
    ]
    yield "peers", peers_figure(pd.DataFrame(rivals))
    names = ("tsn", LONG)
    runs = [
        RunFolder(
            Path(f"{lr} {n}"),
            typed={"learning_rate": str(lr), "n_frames": str(n)},
            options={f"model.{name}.head": "mlp" for name in names},
            metrics={f"{name}_{what}": lr * n for name in names for what in ("top1", "supporting")},
            state=IS_FINISHED,
        )
        for lr in (0.1, 0.001)
        for n in (4, 8, 16)
    ]
    yield "settings", settings_figure(settings_of(runs))
    history = [
        {"model": name, "seed": 0, "stage": stage, "epoch": epoch}
        | {"loss": 2 / epoch, "val_loss": 3 / epoch, "val_top1": 1 - 1 / epoch}
        for name in ("tsn", LONG)
        for stage in ("video", "heads")
        for epoch in range(1, 9)
    ]
    yield "training", training_figure(pd.DataFrame(history))


@pytest.fixture(scope="module", params=["one", pytest.param("two", marks=pytest.mark.whole)])
def figures(request, tmp_path_factory) -> dict[str, Figure]:
    """Every figure by name, in one column and in two."""
    studies = [closed_form.hand_written(name) for name in ("tsn", "trn")]
    studies = [
        closed_form.Study(name, {4: store})
        for name, store in zip(("tsn", LONG), studies, strict=True)
    ]
    esvs = {n: dict.fromkeys(closed_form.UIDS, (30 / n,) * n) for n in (1, 2, 4)}
    others = [closed_form.Study(study.name, closed_form.of_lengths(esvs)) for study in studies]
    with drawn_across(request.param):
        pictures = dict(of_pictures()) | dict(of_measurements())
        run = dict(of_experiments(studies, others, tmp_path_factory.mktemp("outputs")))
    return run | pictures


def test_figures_are_as_wide_as_columns_and_their_text_is_legible_and_apart(figures) -> None:
    faults = []
    for name, figure in figures.items():
        assert figure.get_figwidth() in WIDTHS.values(), name
        assert figure.get_figheight() <= TALLEST or figure.get_figwidth() < 4, name
        lines = words(figure)
        assert lines, name
        canvas = figure.bbox
        for word in lines:
            if word.size < SMALL:
                faults.append(f"{name}: “{word.text}” has {word.size} points")
            place = word.place
            if (
                place.x0 < -1
                or place.y0 < -1
                or place.x1 > canvas.x1 + 1
                or place.y1 > canvas.y1 + 1
            ):
                faults.append(f"{name}: “{word.text}” leaves the canvas")
        for one, other in combinations(lines, 2):
            both = Bbox.intersection(one.place, other.place)
            if both is not None and min(both.width, both.height) > 2:
                faults.append(f"{name}: “{one.text}” and “{other.text}” overlap")
    assert not faults, "\n".join(faults)


def one_panel(title: str) -> Figure:
    """A small figure of that title."""
    with style():
        figure = Figure(figsize=(WIDTHS["one"], 1.5), layout="constrained")
        figure.subplots().set_title(title)
    return figure


def test_files_have_the_width_of_print_their_fonts_and_text_as_text() -> None:
    figure = one_panel("ESV of the true class − ρ")
    pdf = rendered(figure, "pdf")
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    assert b"/MediaBox [ 0 0 237.6 108 ]" in pdf  # 3.3 × 72 points
    svg = rendered(figure, "svg").decode()
    assert 'width="237.6pt"' in svg and ">ESV of the true class − ρ</text>" in svg


def test_letters_that_the_own_font_lacks_are_taken_from_an_installed_one(tmp_path) -> None:
    file = tmp_path / "other.ttf"
    font = TTFont(font_manager.findfont(scripts.OWN))
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {ord("動"): "A"}
    for record in font["name"].names:
        record.string = "Other Letters"
    font.save(file)
    fonts = font_manager.fontManager
    before = list(fonts.ttflist)
    fonts.addfont(str(file))
    try:
        figure = one_panel("動 up")
        scripts.find_letters(figure)
        (title,) = [text for text in figure.findobj(Text) if text.get_text() == "動 up"]
        assert title.get_fontfamily() == [scripts.OWN, "Other Letters"]
        assert figure.axes[0].xaxis.label.get_fontfamily() == [scripts.OWN]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rendered(figure, "png")
    finally:
        fonts.ttflist[:] = before


def test_letters_that_no_font_has_are_told_once(caplog) -> None:
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rendered(one_panel("Up \U0001f9ea\U000f1234"), "png")
    (line,) = [record.message for record in caplog.records if "\U000f1234" in record.message]
    assert line.startswith("No installed font has ") and "PNG and PDF" in line
