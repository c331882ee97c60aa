"""Commands on pages are those that do what they say where the explorer was opened."""

import pytest

from playfair.experiments import explorer as experiment
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.scene import View, scene_of
from playfair.explorer.typed import Typed, typed_in
from playfair.steps.layout import Layout
from tests.explorer.conftest import CONFIGURATIONS
from tests.explorer.test_figures import page

THERE = ["clips", "kinetics", "synthetic"]


def command(typed: str, of: str, dataset: str = "synthetic") -> str:
    return typed_in(typed, dataset, THERE).command("esv", of, n_frames=8)


@pytest.mark.parametrize(
    ("typed", "of", "said"),
    [
        (
            "playfair experiment=explorer paths.outputs=/there n_frames=4",
            "synthetic",
            "playfair experiment=esv dataset=synthetic n_frames=8 paths.outputs=/there",
        ),
        (
            "python run.py experiment=explorer 'paths.data=/a b' 'plugins=[mine.py]'",
            "kinetics",
            "python run.py experiment=esv dataset=kinetics n_frames=8 'paths.data=/a b' "
            "'plugins=[mine.py]'",
        ),
        (  # the dataset that was configured is configured again, another one is named
            "playfair dataset=clips dataset.root=cats experiment=explorer",
            "cats",
            "playfair experiment=esv dataset=clips dataset.root=cats n_frames=8",
        ),
        (  # one that was named after its folder
            "playfair experiment=explorer",
            "dogs",
            "playfair experiment=esv dataset=clips dataset.root=FOLDER n_frames=8",
        ),
        ("", "synthetic", "python run.py experiment=esv dataset=synthetic n_frames=8"),
    ],
)
def test_a_command_says_where_things_lie(typed: str, of: str, said: str) -> None:
    name = "cats" if "cats" in typed else "synthetic"
    assert command(typed, of, name) == said


def test_pages_give_commands_with_the_places_that_were_typed(catalogue) -> None:
    typed = typed_in(f"playfair experiment=explorer paths.outputs={catalogue.outputs}", "x", THERE)
    here = Catalogue(catalogue.layout, catalogue.clips, typed)
    text = page(here, "TSN, 4 frames", uid="20")
    for asked in ("interactions", "train"):
        said = f"playfair experiment={asked} dataset=synthetic model=tsn n_frames=4 paths.outputs="
        assert f"{said}{catalogue.outputs}" in text
    assert "python run.py" not in text


def test_outputs_without_esvs_say_what_to_type_there(tmp_path) -> None:
    typed = Typed("playfair", (f"paths.outputs={tmp_path}",))
    empty = Catalogue(Layout(tmp_path), Clips(CONFIGURATIONS, tmp_path), typed)
    with pytest.raises(ValueError, match=f"playfair experiment=paper paths.outputs={tmp_path}"):
        scene_of(View(), empty)


def test_the_experiment_is_told_what_was_typed(tmp_path, monkeypatch) -> None:
    catalogues = []
    monkeypatch.setattr(experiment, "build", lambda catalogue, hosts: catalogues.append(catalogue))
    monkeypatch.setattr(experiment, "listen", lambda *_: type("Server", (), {"port": 1}))
    monkeypatch.setattr(experiment, "serve", lambda *_: None)
    options = {"outputs": str(tmp_path), "data": "data", "root": str(tmp_path), "port": 0}
    experiment.explorer(
        **options,
        dataset="cats",
        open_dataset=lambda root, videos: None,
        host="127.0.0.1",
        typed="playfair dataset=clips dataset.root=cats paths.outputs=there experiment=explorer",
    )
    assert catalogues[0].typed.command("esv", "cats") == (
        "playfair experiment=esv dataset=clips dataset.root=cats paths.outputs=there"
    )
    assert "synthetic" in catalogues[0].typed.datasets
