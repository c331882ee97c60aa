"""`experiment=paper`: its headline, whole and from made-up parts; what is saved of a Result."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from playfair import silence
from playfair.experiments.paper import exhibit_of, headline, paper
from playfair.experiments.position import position
from playfair.experiments.questions import questions
from playfair.report import look
from playfair.report.look import percent
from playfair.report.save import save
from playfair.result import Result, Strip
from playfair.steps.made_from import MADE_FROM
from playfair.steps.manifest import write_manifest
from playfair.steps.step import record
from tests.golden import closed_form
from tests.golden.closed_form import FEATURES, FORMULA_LABELS, interaction, shapley
from tests.golden.interval import interval, mean, parts_interval, share_interval, within

MODELS = ("tsn", "trn")
QUESTIONS = [
    "top-1",
    "right up to time reversal",
    "direction against the twin",
    "share of supporting frames",
    "ESV of a decisive frame",
    "ESV of any other frame",
    "evidence mass",
    "deletion area",
    "insertion area",
    "interaction by order",
]


KEPT: list[Result] = []  # by the run of `result`
SAID: list[str] = []  # what would have been said while each was kept


def keep(so_far: Result) -> None:
    KEPT.append(so_far)
    SAID.append(silence.line().partition(" …")[0])


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Result:
    outputs = tmp_path_factory.mktemp("outputs")
    studies = [closed_form.by_formula(model, (2, 4), outputs=outputs) for model in MODELS]
    studies[0].workplace = replace(studies[0].workplace, keep=keep)
    return paper(
        studies,
        n_frames=4,
        lengths=[2, 4],
        frames=[6],
        budgets=[29],
        n_videos=4,
        repeats=1,
    )


@pytest.fixture(scope="module")
def kept(result) -> list[Result]:
    """What the run of `result` kept before it ended."""
    return KEPT


def test_every_part_is_kept_as_it_ends(kept, result, tmp_path) -> None:
    assert [len(so_far.parts) for so_far in kept] == list(range(1, 10))
    assert [f"report of {number} of 10 parts" for number in range(1, 10)] == SAID
    for so_far in kept:
        assert so_far.parts == result.parts[: len(so_far.parts)]
    assert "Not finished: ESVs, support" in kept[0].summary
    assert "Not finished: interactions is still to come." in kept[-1].summary
    assert "Not finished" not in result.summary
    assert "Each model was trained once: verdicts are of this training (one seed)" in result.summary
    assert list(kept[0].tables["headline"].iloc[:, 0]) == QUESTIONS[:3]
    assert [len(so_far.findings) for so_far in kept] == [1, 1, 1, 2, 2, 2, 2, 2, 2]
    save(replace(kept[0], figures={}), tmp_path)
    assert "the same command goes on" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "accuracy" / "metrics.json").exists()


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"n_frames": 20}, "of 2 to 19 frames"),
        ({"frames": [8, 21]}, "known up to 20 frames"),
        ({"n_videos": 1}, "of 2 videos at least"),
        ({"budgets": [63]}, "nothing is estimated"),
        ({"lengths": [4, 9]}, "the longest has 8"),
        ({"n_videos": 7}, "4 of 4 have as many"),
    ],
)
def test_an_option_of_a_later_part_is_refused_before_the_first(
    tmp_path, monkeypatch, options, answer
) -> None:
    monkeypatch.setattr("playfair.experiments.paper.train", lambda *_, **__: pytest.fail("begun"))
    studies = [closed_form.by_formula("trn", (2, 4), outputs=tmp_path)]
    features = studies[0].layout.folder(studies[0].features_step("validation"))
    features.mkdir(parents=True)
    (features / MADE_FROM).write_text(json.dumps(record(studies[0].features_step("validation"))))
    write_manifest(features, {})
    asked = {"n_frames": 4, "lengths": [2, 4], "frames": [6], "budgets": [29], "n_videos": 4}
    with pytest.raises(ValueError, match=answer):
        paper(studies, repeats=1, **{**asked, **options})


def test_the_metrics_are_of_the_models_they_name(result) -> None:
    metrics = dict(result.metrics)
    assert metrics.pop("max_efficiency_gap") < 1e-6
    # TSN takes 604 for its twin, TRN does not
    assert metrics == {
        "trn_top1": 1,
        "tsn_top1": 3 / 4,
        "tsn_pair_top1": 1,
        "tsn_within_pair": 3 / 4,
    }


def test_three_sentences_lead_and_each_is_of_every_model(result) -> None:
    assert len(result.findings) == 3
    for finding, words in zip(result.findings, ("is right on", "decisive", "order"), strict=True):
        assert "TSN" in finding and "TRN" in finding and words in finding
    right = {"tsn": [1, 1, 1, 0], "trn": [1, 1, 1, 1]}
    shares = [percent(mean(right[m]), *share_interval(right[m])) for m in ("trn", "tsn")]
    assert result.findings[0].startswith(
        f"TRN is right on {shares[0]} of the clips, TSN on {shares[1]}; "
        f"TRN knows which way an action goes in {shares[0]} of those that are right but for the "
        f"direction, TSN in {shares[1]}, not told apart from guessing, on this training"
    )
    assert "TSN (0 [0, 0])" in result.findings[2]  # what averages over frames knows no order


def test_every_question_has_an_answer_of_every_model_and_a_verdict(result) -> None:
    table = result.tables["questions"]
    assert list(table.columns) == ["question", "TSN", "TRN", "verdict", "section"]
    assert len(table) == 13 and not (table["verdict"] == "–").any()
    assert set(table["section"]) == {part.title for part in result.parts}
    rows = table.set_index("question")
    order = rows.filter(like="by their order", axis=0).iloc[0]
    assert order["TSN"] == "0 [0, 0]" and order["verdict"] == "No interaction"
    right = {"tsn": [1, 1, 1, 0], "trn": [1, 1, 1, 1]}
    assert rows.loc["Is the model right?", "TSN"] == percent(
        mean(right["tsn"]), *share_interval(right["tsn"])
    )
    reverse = rows.loc["Does it tell an action from its reverse?"]
    assert reverse["verdict"] == "TSN: no, not told apart from guessing; TRN: yes"
    stronger = rows.filter(like="stronger", axis=0).iloc[0]
    assert stronger["TRN"] == "–" and "TRN" not in stronger["verdict"]  # it is never wrong


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [((0.6, 0.7), "Yes"), ((0.1, 0.4), "No, it is worse than guessing"), ((0.4, 0.6), "No, not")],
)
def test_a_verdict_follows_from_the_interval(ends, verdict) -> None:
    low, high = ends
    row = {"model": "trn", "measure": "within_pair", "mean": 0.5, "low": low, "high": high}
    parts = [Result("Accuracy", "", tables={"accuracy": pd.DataFrame([row])})]
    (said,) = questions(parts, ["trn"])["verdict"]
    assert said.startswith(verdict)


def test_the_exhibit_is_the_first_clip_shown_on_which_the_models_differ() -> None:
    def strip(title: str, **right: bool) -> Strip:
        frames = np.zeros((1, 2, 2, 3), np.uint8)
        return Strip(title, frames, np.zeros(1, int), {}, {}, None, right=right)

    alike, apart = strip("alike", tsn=True, trn=True), strip("apart", tsn=False, trn=True)
    part = Result("Support", "", strips=[alike, apart, strip("later", tsn=False, trn=True)])
    assert [shown.title for shown in exhibit_of([part])] == ["apart"]
    assert [shown.title for shown in exhibit_of([replace(part, strips=[alike])])] == ["alike"]
    assert exhibit_of([replace(part, strips=[])]) == []


def told(values: object, question: str) -> str:
    ends = interval(values)
    if question in QUESTIONS[:3]:
        ends = share_interval(values)
    elif question == "share of supporting frames":
        ends = parts_interval(values)
    elif question == "evidence mass":
        ends = within(ends, 0, 1)
    return look.decimal(mean(values), *ends)


def test_the_headline_is_means_with_their_intervals(result) -> None:
    table = result.tables["headline"].set_index("")
    assert table.index.tolist() == QUESTIONS
    right = {"tsn": [1, 1, 1, 0], "trn": [1, 1, 1, 1]}
    inside = [(1, 2, 3), (0, 1, 2), (0, 1, 2, 3), (1, 2)]
    across = [[(1, 2), (1, 3)], [(0, 2), (1, 2)], [(0, 2), (0, 3), (1, 2), (1, 3)], [(1, 2)]]
    for model in MODELS:
        column = table[model.upper()]
        videos = [np.array(video[:4], dtype=float) for video in FEATURES]
        esvs = [
            shapley(model, video)[:, label]
            for video, label in zip(videos, FORMULA_LABELS, strict=True)
        ]
        order = []
        for video, label, pairs in zip(videos, FORMULA_LABELS, across, strict=True):
            forth = interaction(model, video)[..., label]
            back = interaction(model, video[::-1])[::-1, ::-1, label]
            order.append(np.mean([(forth[pair] - back[pair]) / 2 for pair in pairs]))
        expected = {
            "top-1": right[model],
            "right up to time reversal": [1, 1, 1, 1],
            "direction against the twin": right[model],
            "share of supporting frames": [(esv > 0).mean() for esv in esvs],
            "ESV of a decisive frame": [
                esv[list(some)].mean() for esv, some in zip(esvs, inside, strict=True)
            ],
            "evidence mass": [
                np.maximum(esv, 0)[list(some)].sum() / np.maximum(esv, 0).sum()
                for esv, some in zip(esvs, inside, strict=True)
            ],
            "interaction by order": order,
        }
        for question, values in expected.items():
            assert column[question] == told(values, question)


def test_the_headline_takes_each_answer_from_its_own_row() -> None:
    def rows(column: str, **where: list[str]) -> pd.DataFrame:
        """Rows of all combinations, the n-th with mean n, from n − 0.25 to n + 0.5."""
        index = pd.MultiIndex.from_product([["tsn", "trn", "trn − tsn"], *where.values()])
        table = index.to_frame(index=False)
        table.columns = ["model", *where]
        n = np.arange(1.0, len(table) + 1)
        return table.assign(mean=n, low=n - 0.25, high=n + 0.5)

    measures = ["deletion_area", "insertion_area", "evidence_mass"]
    parts = [
        Result("Accuracy", "", tables={"accuracy": rows("", measure=["top5", "top1", "within_pair", "pair_top1"])}),
        Result("Support", "", tables={"support": rows("", measure=["distracting", "supporting"])}),
        Result("Position", "", tables={"evidence": rows("", measure=["outside", "difference", "inside"])}),
        Result("Comparison", "", tables={"measures": rows("", method=["gradcam", "esv"], measure=measures)}),
        Result(
            "Interactions",
            "",
            tables={"kinds": rows("", measure=["true class", "order"], pairs=["same side", "across the middle"])},
        ),
    ]  # fmt: skip
    table = headline(parts, ["tsn", "trn"]).set_index("")
    expected = {  # the rows of TSN come first, then those of TRN
        "top-1": (2, 6),
        "right up to time reversal": (4, 8),
        "direction against the twin": (3, 7),
        "share of supporting frames": (2, 4),
        "ESV of a decisive frame": (3, 6),
        "ESV of any other frame": (1, 4),
        "evidence mass": (6, 12),
        "deletion area": (4, 10),
        "insertion area": (5, 11),
        "interaction by order": (4, 8),
    }
    assert table.index.tolist() == list(expected)
    for question, numbers in expected.items():
        digits = {n: 1 if n + 0.5 >= 10 else 2 for n in numbers}  # three that count
        ends = [f"{n:.{d}f} [{n - 0.25:.{d}f}, {n + 0.5:.{d}f}]" for n, d in digits.items()]
        assert table.loc[question].tolist() == ends


def test_a_question_without_an_answer_has_a_dash_or_no_row() -> None:
    table = pd.DataFrame(
        {"model": ["trn"], "measure": ["top1"], "mean": [-0.0001], "low": [-0.2], "high": [0.3]}
    )
    parts = [Result("Accuracy", "", tables={"accuracy": table})]
    found = headline(parts, ["tsn", "trn"])
    assert found.iloc[0].tolist() == ["top-1", "–", "0 [−0.200, 0.300]"]  # not -0.000
    assert "deletion area" not in found[""].tolist()


def test_the_parts_are_the_papers_sections_in_order(result) -> None:
    titles = [part.title for part in result.parts]
    assert titles[:4] == ["Accuracy", "Element Shapley Values", "Support", "Position"]
    assert titles[4:] == [
        "Prior",
        "Classes",
        "Length",
        "Comparison",
        "Approximation",
        "Interactions",
    ]


def test_what_is_saved_are_the_metrics_the_tables_and_a_page_with_the_same_numbers(
    tmp_path,
) -> None:
    result = position(closed_form.tsn_and_trn(), n_frames=4)
    result = replace(result, figures={"evidence": result.figures["evidence"]})  # one to draw
    save(result, tmp_path, command="python run.py experiment=position")
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["trn_distracting_middle"] == pytest.approx(2 / 5)
    assert metrics["tsn_supporting_first"] == pytest.approx(1 / 6)
    assert metrics["trn_esv_inside_evidence"] == pytest.approx(0.145)
    table = pd.read_csv(tmp_path / "evidence.csv").set_index(["model", "measure"])
    assert table.loc[("trn", "inside"), "mean"] == pytest.approx(0.145)
    page = (tmp_path / "report.html").read_text()
    cells = page.replace(" ", "").replace("\n", "")
    assert "<tdclass=text>TRN</td><tdclass=text>inside</td><td>0.145[" in cells
    assert (
        "<tdclass=text>TSN</td><tdclass=text>supportingfirst</td><td>0.250</td><td>0.167[" in cells
    )
    assert (tmp_path / "evidence.png").is_file() and (tmp_path / "evidence.svg").is_file()


def test_a_page_without_tables_shows_its_metrics_to_three_digits(tmp_path) -> None:
    result = Result("Numbers", "Two.", metrics={"a": 0.123456, "b": 12345.678})
    save(result, tmp_path)
    cells = (tmp_path / "report.html").read_text().replace(" ", "").replace("\n", "")
    assert "a</td><td>0.123</td>" in cells and "b</td><td>12,300</td>" in cells
    assert json.loads((tmp_path / "metrics.json").read_text()) == dict(result.metrics)


def test_the_headline_on_the_page_is_the_table(tmp_path, result) -> None:
    alone = Result(result.title, result.summary, metrics=result.metrics, tables=result.tables)
    save(alone, tmp_path)
    page = (tmp_path / "report.html").read_text()
    for row in result.tables["headline"].itertuples(index=False):
        assert all(f">{cell}</td>" in page for cell in row)
