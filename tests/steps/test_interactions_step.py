from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr

from playfair.steps import interactions
from playfair.steps.estimator import Estimator
from playfair.steps.interactions import OWN, clip_interactions, three_measures, write_interactions
from playfair.steps.layout import Layout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    measures = {name: np.arange(18.0).reshape(2, 3, 3) for name in (OWN, "order")}
    write_interactions(tmp_path, ["5", "7"], measures)
    return tmp_path


def test_a_clip_is_read_as_it_was_written(folder: Path) -> None:
    expected = np.arange(9.0, 18).reshape(3, 3)
    np.testing.assert_array_equal(clip_interactions(folder, "7"), expected)


def test_there_are_none_of_another_clip_or_in_another_folder(folder: Path) -> None:
    assert clip_interactions(folder, "6") is None
    assert clip_interactions(folder / "elsewhere", "7") is None


def test_a_store_whose_writing_was_cut_short_is_none_and_is_written_anew(folder: Path) -> None:
    (folder / "zarr.json").unlink()  # it comes last
    (folder / "interactions.part").mkdir()
    assert clip_interactions(folder, "7") is None
    write_interactions(folder, ["7"], {name: np.ones((1, 2, 2)) for name in (OWN, "order")})
    np.testing.assert_array_equal(clip_interactions(folder, "7"), np.ones((2, 2)))
    assert not (folder / "interactions.part").exists()


def test_a_model_is_called_with_as_many_coalitions_as_were_asked_for() -> None:
    rows: list[int] = []

    def model(units: torch.Tensor) -> torch.Tensor:
        rows.append(len(units))
        return units.mean(1)

    given = (model, torch.randn(1, 6, 2), torch.full((2,), 0.5), np.array([0]), np.array([-1]))
    three_measures(*given, batch_size=3)
    assert max(rows) == 3
    rows.clear()
    three_measures(*given)
    assert max(rows) > 3


@pytest.mark.parametrize("budget", [None, 500])
def test_what_was_typed_of_removal_and_batch_size_reaches_the_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: int | None
) -> None:
    n_elements = 4 if budget is None else 30
    shape = (2, n_elements, n_elements)
    store = xr.Dataset(
        {
            "esv": (("video", "element", "class"), np.zeros((2, n_elements, 2))),
            "prior": ("class", [0.5, 0.5]),
            "label": ("video", [1, 0]),
            "twin": ("class", [1, -1]),
        },
        {"video": ["5", "7"]},
    )
    split = SimpleNamespace(uids=np.array(["5", "6", "7"], object))
    shown = SimpleNamespace(units=lambda clips, *_: torch.tensor(clips)[:, None])
    asked: list[tuple[object, ...]] = []

    def measured(*given: object) -> dict[str, np.ndarray]:
        asked.append(given)
        return {OWN: np.ones(shape)}

    esvs = SimpleNamespace(
        features=None,
        head=None,
        n_frames=n_elements,
        split="validation",
        seed=3,
        data=SimpleNamespace(opened=SimpleNamespace(split=lambda name: split)),
        estimator=Estimator(budget, "kernel", "freeze", batch_size=7),
        workplace=SimpleNamespace(trainer={}),
    )
    monkeypatch.setattr(interactions, "obtain", lambda step, layout: store)
    monkeypatch.setattr(interactions, "shown_of", lambda *_: shown)
    monkeypatch.setattr(interactions, "head_of", lambda *_: torch.nn.Identity())
    for name in ("three_measures", "estimated_measures"):
        monkeypatch.setattr(interactions, name, measured)
    interactions.Interactions(esvs)._make(tmp_path, Layout(tmp_path))
    [(_, units, prior, label, twin, *options)] = asked
    assert units.flatten().tolist() == [0, 2] and prior.tolist() == [0.5, 0.5]
    assert label.tolist() == [1, 0] and twin.tolist() == [-1, 1]
    assert options == (["freeze", 7] if budget is None else ["freeze", 500, "kernel", 7, 3_000_000])
    np.testing.assert_array_equal(clip_interactions(tmp_path, "7"), np.ones(shape[1:]))
