from pathlib import Path

import numpy as np
import pytest

from playfair.steps.interactions_store import clip_interactions, save_interactions

MODEL = {"weights": {"head": "1"}, "n_frames": 3}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "interactions" / "frames-03.zarr"
    save_interactions(path, ["5", "7"], np.arange(18.0).reshape(2, 3, 3), MODEL)
    return path


def test_a_clip_is_read_as_it_was_saved(store: Path) -> None:
    np.testing.assert_array_equal(
        clip_interactions(store, "7", MODEL), np.arange(9.0, 18).reshape(3, 3)
    )


def test_there_are_none_of_another_clip_or_another_model(store: Path) -> None:
    assert clip_interactions(store, "6", MODEL) is None
    assert clip_interactions(store, "7", {"weights": {"head": "2"}}) is None
    assert clip_interactions(store.with_name("frames-04.zarr"), "7", MODEL) is None


def test_saving_again_replaces_what_was_there(store: Path) -> None:
    save_interactions(store, ["7"], np.ones((1, 2, 2)), MODEL)
    np.testing.assert_array_equal(clip_interactions(store, "7", MODEL), np.ones((2, 2)))
    assert clip_interactions(store, "5", MODEL) is None
    assert sorted(path.name for path in store.parent.iterdir()) == [
        "frames-03.lock",
        "frames-03.zarr",
    ]
