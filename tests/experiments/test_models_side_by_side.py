"""TSN beside a checkpoint of pairs in one run: what is said, drawn and compared of elements of two kinds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from playfair.experiments.classes import classes
from playfair.experiments.comparison import comparison
from playfair.experiments.interactions import interactions
from playfair.experiments.length import length
from playfair.experiments.position import position
from playfair.experiments.support import support
from playfair.result import Result
from playfair.steps.study import Study
from tests.conftest import TINY, copy_steps, studies

N_FRAMES = 8  # elements: 8 of TSN, 4 of VideoMAE


@pytest.fixture(scope="module")
def both(
    explained, checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> list[Study]:
    folder = copy_steps(explained.folder, tmp_path_factory.mktemp("both"))
    shutil.copytree(explained.folder / "data", folder / "data")
    typed = [word for word in TINY if "model.trn" not in word]
    places = [f"paths.data={folder / 'data'}", f"paths.outputs={folder / 'outputs'}"]
    model = ["model=[tsn,huggingface]", f"model.huggingface.path={checkpoint('videomae')}"]
    return studies(*model, *typed, *places, "dataset.workers=0")


def words(result: Result) -> str:
    """All that is said, but what is told of 8 frames that are shown."""
    said = [result.summary, *result.findings, *result.captions.values()]
    return " ".join(said).replace("8 frames", "").replace("8 \nframes", "")


def titles(result: Result, name: str) -> str:
    figure = result.figures[name]
    texts = [
        text
        for axes in figure.axes
        for text in (axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel())
    ]
    return " | ".join(texts)


def test_position_knows_each_models_own_chance(both) -> None:
    result = position(both, n_frames=N_FRAMES)
    places = result.tables["extremes"]
    first = places[places["measure"] == "supporting_first"].set_index("model")["chance"]
    assert first["tsn"] == 1 / 8 and first["tiny-videomae"] == 1 / 4
    assert first.drop(["tsn", "tiny-videomae"]).isna().all(), "of their difference there is none"
    assert "element" in result.tables["position"] and "frame" not in result.tables["position"]
    assert "frame" not in words(result) and "an element inside" in " ".join(result.findings)
    assert "Most supporting element" in titles(result, "position")
    lines = result.figures["position"].axes[1].lines
    chance = {line.get_ydata()[0] for line in lines if len(set(line.get_ydata())) == 1}
    assert {1 / 8, 1 / 4} <= chance
    assert "Elements that support" in titles(result, "evidence")


def test_frames_stay_frames_where_every_element_is_one(both) -> None:
    result = position(both[:1], n_frames=N_FRAMES)
    assert "element" not in words(result) and "frame" in result.tables["position"]


def test_support_and_classes_speak_of_elements(both) -> None:
    result = support(both, n_frames=N_FRAMES)
    assert "strongest elements" in titles(result, "support")
    assert result.findings[0].startswith("Elements of a clip that support its class: TSN")
    assert [len(esv) for esv in result.strips[0].esvs.values()] == [8, 4]
    result = classes(both, n_frames=N_FRAMES)
    assert "frame" not in words(result) and "effective elements" in titles(result, "classes")
    assert "effective_elements" in result.tables["leaning"]
    of_videomae = result.tables["profiles"].query("model == 'tiny-videomae'")
    assert sorted(set(of_videomae["element"])) == [0, 1, 2, 3]


def test_comparison_and_interactions_take_each_models_own_elements(both) -> None:
    result = comparison(both, n_frames=N_FRAMES, n_videos=4)
    left = result.tables["length"].groupby("model")["left"].max()
    assert left["tsn"] == 8 and left["tiny-videomae"] == 4
    assert "elements left" in titles(result, "curves")
    result = interactions(both, n_frames=N_FRAMES)
    assert result.findings[0].startswith("TSN: one frame before")
    assert result.findings[1].startswith("tiny-videomae: one element before")
    maps = result.figures["interactions"].axes
    assert [len(axes.get_xticks()) for axes in (maps[0], maps[3])] == [8, 4]


def test_length_asks_the_models_of_several_lengths(both) -> None:
    result = length(both, lengths=[4, 8])
    assert set(result.tables["length"]["model"]) == {"tsn"}
    assert "Left out: tiny-videomae, as the clips it takes are of one length." in result.summary
