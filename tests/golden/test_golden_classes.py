"""`experiment=classes` on the hand-written stores: profiles, leanings, likeness and confusion."""

import numpy as np
import pytest

from playfair.experiments.classes import classes
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.closed_form import CLASSES, LABELS
from tests.golden.figure_data import BLACK, TRN_COLOUR, TSN_COLOUR
from tests.golden.interval import interval, mean, parts_interval, within

NAN = float("nan")
PINK = "#cc79a7"
UP, DOWN, POKE = CLASSES
# by video: Σ place · share of the ESVs above 0; places 0, 1/3, 2/3, 1
CENTRE = {
    "tsn": [
        (5 / 3 + 10 / 3 + 5) / 20,
        2 / 3,
        (5 / 3 + 20 / 3) / 15,
        (20 / 3 + 15) / 25,
        (20 / 3 + 20) / 30,
        (5 / 3 + 10 / 3) / 10,
    ],
    "trn": [
        (40 / 3 + 40 / 3) / 60,
        (0 + 20 / 3) / 30,
        (0 + 10 / 3 + 60 / 3) / 45,
        2 / 3,
        (0 + 25 / 3 + 10 / 3 + 10) / 45,
        NAN,
    ],
}
# the positive ESVs whose entropy the effective number of elements is the exponential of
POSITIVE = {
    "tsn": [(5, 5, 5, 5), (5,), (5, 10), (10, 15), (10, 20), (5, 5)],
    "trn": [(40, 20), (10, 20), (5, 10, 30), (15,), (5, 25, 5, 10), ()],
}
# the wrong class predicted, by video
PREDICTED = {"tsn": [None, 1, 2, None, None, 0], "trn": [None, None, None, 0, None, 1]}
TWIN = [1, 1, 0, 0, None, None]


def effective(positive: tuple[int, ...]) -> float:
    share = np.array(positive) / max(sum(positive), 1)
    return float(np.exp(-(share * np.log(share)).sum())) if len(share) else NAN


def cosine(a: object, b: object) -> float:
    a, b = np.array(a, dtype=float), np.array(b, dtype=float)
    lengths = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / lengths) if lengths else NAN


def likeness(model: str, others: list) -> tuple[list[float], list[float]]:
    """By video: the cosine to the other class's profile, and the share of elements of other signs."""
    cosines, opposed = [], []
    for video, label, other in zip(closed_form.HAND_WRITTEN[model], LABELS, others, strict=True):
        if other is None:
            cosines.append(NAN)
            opposed.append(NAN)
        else:
            cosines.append(cosine(video[label], video[other]))
            signs = [a * b < 0 for a, b in zip(video[label], video[other], strict=True)]
            opposed.append(sum(signs) / 4)
    return cosines, opposed


@pytest.fixture(scope="module")
def result() -> Result:
    return classes(closed_form.tsn_and_trn(), n_frames=4)


def expected_by_video(model: str) -> dict[str, list[float]]:
    predicted, twin = likeness(model, PREDICTED[model]), likeness(model, TWIN)
    return {
        "predicted_cosine": predicted[0],
        "predicted_opposed": predicted[1],
        "twin_cosine": twin[0],
        "twin_opposed": twin[1],
        "centre": CENTRE[model],
        "effective_frames": [effective(of) for of in POSITIVE[model]],
    }


def test_the_metrics_are_means_over_videos(result) -> None:
    expected = {
        f"{model}_{measure}": mean(values)
        for model in ("tsn", "trn")
        for measure, values in expected_by_video(model).items()
    }
    assert result.metrics == pytest.approx(expected)


def test_some_of_them_in_numbers(result) -> None:
    # 604: (−5, −20, 15, 0) against (10, 20, −10, 5); 606: (−5, −5, −2, −8) against (5, 5, 2, 28)
    first = (-50 - 400 - 150) / np.sqrt((25 + 400 + 225) * (100 + 400 + 100 + 25))
    second = (-25 - 25 - 4 - 224) / np.sqrt((25 + 25 + 4 + 64) * (25 + 25 + 4 + 784))
    assert result.metrics["trn_predicted_cosine"] == pytest.approx((first + second) / 2)
    assert result.metrics["trn_predicted_opposed"] == pytest.approx((3 / 4 + 4 / 4) / 2)
    # 601: 40 against −10, 20 against −5; 602: all four; 603: three, 5, 10, 30 and −10 all; 604: three
    assert result.metrics["trn_twin_opposed"] == pytest.approx((2 + 4 + 4 + 3) / 16)


def test_the_table_of_likeness_and_leaning_has_intervals_and_differences(result) -> None:
    table = result.tables["against"].set_index(["model", "measure"])
    tsn, trn = expected_by_video("tsn"), expected_by_video("trn")
    difference = {name: np.subtract(trn[name], tsn[name]) for name in tsn}
    for model, measures in {"tsn": tsn, "trn": trn, "trn − tsn": difference}.items():
        for measure, values in measures.items():
            row = table.loc[(model, measure)]
            assert row["videos"] == np.isfinite(values).sum()
            if row["videos"] > 1:
                ends = interval(values)
                if model in ("tsn", "trn") and measure.endswith("_opposed"):
                    ends = parts_interval(values)
                elif model in ("tsn", "trn") and measure.endswith("_cosine"):
                    ends = within(ends, -1, 1)
                assert row[["mean", "low", "high"]].tolist() == pytest.approx([mean(values), *ends])


def test_the_profiles_of_the_classes(result) -> None:
    table = result.tables["profiles"].set_index(["model", "class"])
    for model in ("tsn", "trn"):
        esvs = closed_form.true_class(model) / 100
        for label, name in enumerate(CLASSES):
            rows, own = table.loc[(model, name)], esvs[2 * label : 2 * label + 2]
            assert rows["esv"].tolist() == pytest.approx(((own[0] + own[1]) / 2).tolist())
            assert rows["low"].tolist() == pytest.approx([interval(of)[0] for of in own.T])
            assert rows["high"].tolist() == pytest.approx([interval(of)[1] for of in own.T])
            assert rows["videos"].tolist() == [2] * 4


def test_what_a_class_leans_on_is_said_of_ten_videos_or_more() -> None:
    # ten of up at 1/12 of the clip, ten of down at 3/4, nine of poking at its end
    own = [(30, 10, -5, 0)] * 10 + [(0, 10, 10, 20)] * 10 + [(0, 0, 0, 20)] * 9
    labels = [0] * 10 + [1] * 10 + [2] * 9
    esvs = np.zeros((29, 3, 4))
    esvs[np.arange(29), labels] = np.array(own) / 100
    store = closed_form.store(esvs, labels, [str(uid) for uid in range(29)], {})
    table = classes([closed_form.Study("trn", {4: store})], n_frames=4).tables["leaning"]
    assert table["class"].tolist() == list(CLASSES)
    assert table["twin"].tolist() == [DOWN, UP, ""]
    assert table["videos"].tolist() == [10, 10, 9]
    for end in ("", "_low", "_high"):  # all alike: no width
        centres = [(10 / 3) / 40, (10 / 3 + 20 / 3 + 20) / 40, 1]
        assert table[f"centre{end}"].tolist() == pytest.approx(centres)
    # 1.75, 2.83 and 1 effective elements; the mean over the 29 videos is 1.89
    assert table["effective_frames"].tolist() == pytest.approx(
        [effective((30, 10)), effective((10, 10, 20)), 1]
    )
    assert table["leans"].tolist() == ["early, few frames", "late", ""]


def test_the_confusion_of_attributions(result) -> None:
    table = result.tables["confusion"].set_index(["model", "true", "scored"])
    for model in ("tsn", "trn"):
        esvs = closed_form.HAND_WRITTEN[model]
        for true, name in enumerate(CLASSES):
            clips = esvs[2 * true : 2 * true + 2]
            for other, scored in enumerate(CLASSES):
                row = table.loc[(model, name, scored)]
                support = [sum(max(esv, 0) for esv in clip[other]) / 100 for clip in clips]
                cosines = [cosine(clip[true], clip[other]) for clip in clips]
                assert row["support"] == pytest.approx(sum(support) / 2)
                ends = within(interval(support), 0, np.inf)
                assert (row["support_low"], row["support_high"]) == pytest.approx(ends)
                assert row["cosine"] == pytest.approx(mean(cosines), rel=1e-5)
                assert row["videos"] == 2


def test_the_confusion_of_up_and_down_in_numbers(result) -> None:
    table = result.tables["confusion"].set_index(["model", "true", "scored"])
    # 601 and 602 of TRN: up is supported by 40 + 20 and 10 + 20, down by nothing and 5 + 15
    assert table.loc[("trn", UP, UP), "support"] == pytest.approx(0.45)
    assert table.loc[("trn", UP, DOWN), "support"] == pytest.approx(0.10)
    assert table.loc[("trn", UP, UP), "cosine"] == pytest.approx(1)
    # 603 and 604: up by 10, and by 10 + 20 + 5
    assert table.loc[("trn", DOWN, UP), "support"] == pytest.approx(0.225)


def test_the_heat_maps_of_the_classes_go_from_early_to_late_ones(result) -> None:
    tsn, trn, centre, leant, *_ = result.figures["classes"].axes
    # centres of TRN: up (0.444 + 0.222) / 2, poking 0.481, down (0.519 + 0.667) / 2
    assert figure_data.y_ticks(tsn) == [UP, POKE, DOWN]
    for axes, model in ((tsn, "tsn"), (trn, "trn")):
        assert figure_data.title(axes) == model.upper()
        esvs = closed_form.true_class(model) / 100
        expected = [(esvs[2 * label] + esvs[2 * label + 1]) / 2 for label in (0, 2, 1)]
        assert figure_data.cells(axes) == pytest.approx(np.array(expected))
    assert tsn.get_ylim() == (3, 0)  # the first row is on top
    # both maps share one scale, about 0: TRN's up has (40 + 20) / 2 at most
    for axes in (tsn, trn):
        assert axes.collections[0].get_clim() == pytest.approx((-0.3, 0.3))
    for axes, measure in ((centre, CENTRE), (leant, None)):
        for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
            values = measure or {model: [effective(of) for of in POSITIVE[model]]}
            expected = [mean(values[model][2 * label : 2 * label + 2]) for label in (0, 2, 1)]
            dots = [x for x, _, own, _ in figure_data.lines(axes) if own == colour]
            assert dots[0] == pytest.approx(expected)


def test_the_order_of_the_classes_is_the_last_models() -> None:
    trn = closed_form.hand_written("trn")
    backwards = closed_form.store(
        np.array(closed_form.TRN_ESVS)[..., ::-1] / 100, LABELS, closed_form.UIDS
    )
    studies = [closed_form.Study("tsn", {4: trn}), closed_form.Study("trn", {4: backwards})]
    figure = classes(studies, n_frames=4).figures["classes"]
    # centres backwards: down 1 − 0.593, poking 1 − 0.481, up 1 − 0.333
    assert figure_data.y_ticks(figure.axes[0]) == [DOWN, POKE, UP]


def test_blue_is_above_0_and_orange_below_in_the_heat_map_of_esvs_alone(result) -> None:
    of_esvs = [figure_data.BLUE, figure_data.ORANGE]
    of_likeness = ["#1b7837", "#762a83"]  # which neither supports nor distracts
    for figure, place, colours in (("classes", 0, of_esvs), ("confusion", 1, of_likeness)):
        mesh = result.figures[figure].axes[place].collections[0]
        ends = [figure_data.to_hex(mesh.cmap(end)) for end in (1.0, 0.0)]
        assert ends == colours


def test_the_profiles_of_the_true_class_and_of_the_other(result) -> None:
    panels = result.figures["against"].axes  # TSN: predicted, twin; TRN: predicted, twin
    for row, model in enumerate(("tsn", "trn")):
        for column, others in enumerate((PREDICTED[model], TWIN)):
            clips = [
                (video[label], video[other])
                for video, label, other in zip(
                    closed_form.HAND_WRITTEN[model], LABELS, others, strict=True
                )
                if other is not None
            ]
            true, other = np.array(clips).mean(0) / 100
            axes = panels[2 * row + column]
            assert figure_data.line(axes, BLACK)[1] == pytest.approx(true.tolist())
            assert figure_data.line(axes, PINK, "--")[1] == pytest.approx(other.tolist())
            assert figure_data.texts(axes) == [f"n = {len(clips)}"]
    assert [figure_data.title(axes) for axes in panels[:2]] == [
        "TSN: the wrong class predicted",
        "TSN: the twin",
    ]


def test_the_cells_of_the_confusion(result) -> None:
    tsn_support, tsn_cosine, trn_support, trn_cosine = result.figures["confusion"].axes[:4]
    esvs = np.array(closed_form.TRN_ESVS)
    pairs = esvs.reshape(3, 2, 3, 4)  # (true, clip, scored, element)
    expected = np.maximum(pairs, 0).sum(3).mean(1) / 100
    assert figure_data.cells(trn_support) == pytest.approx(expected)
    assert figure_data.title(trn_support) == "TRN: support"
    assert figure_data.title(trn_cosine) == "TRN: likeness"
    assert np.diag(figure_data.cells(trn_cosine)) == pytest.approx(np.ones(3))
    assert trn_cosine.collections[0].get_clim() == (-1, 1)
    expected = np.maximum(np.array(closed_form.TSN_ESVS).reshape(3, 2, 3, 4), 0).sum(3).mean(1)
    assert figure_data.cells(tsn_support) == pytest.approx(expected / 100)
    assert figure_data.cells(tsn_cosine)[0, 0] == pytest.approx(1)
    assert trn_support.get_ylim() == (3, 0)  # the first row is on top
    assert figure_data.y_ticks(trn_support) == [f"{UP}  1", f"{DOWN}  2", f"{POKE}  3"]
