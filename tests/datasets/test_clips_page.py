"""Every form that docs/clips.md shows is read as it says."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from playfair.launch import clips_options
from playfair.steps.data import Data
from playfair.targets import instantiate
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "clips.md").read_text(encoding="utf-8")
FORMS = re.findall(r"```\n# clips: (\w+) \((\d+)\)\n(.*?)# type: ([^\n]*)\n```", PAGE, re.DOTALL)


def lay_out(folder: Path, content: str) -> None:
    """Makes the files that a form shows: those of lists with their rows, and clips without."""
    clips, *files = re.split(r"^# file: ", content, flags=re.MULTILINE)
    for name in clips.split("\n"):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    for file in files:
        name, _, rows = file.partition("\n")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(rows, encoding="utf-8")


def configured(*typed: str) -> Data:
    """The dataset as `python run.py typed…` configures it."""
    clips_options.register()
    chosen = [] if any(word.startswith("dataset=") for word in typed) else ["dataset=clips"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=["recipe@model.trn=trn_synthetic", *chosen, *typed])
    OmegaConf.resolve(cfg)
    return Data(OmegaConf.to_container(cfg)["dataset"], instantiate, Path("lock"))


def test_the_page_shows_every_form() -> None:
    shown = {form for form, *_ in FORMS}
    assert shown >= {
        "gestures",
        "table",
        "mmaction2",
        "tsm",
        "kinetics",
        "epic_kitchens",
        "diving48",
    }
    assert PAGE.count("# clips:") == len(FORMS)


@pytest.mark.parametrize(("form", "number", "content", "typed"), FORMS, ids=[f[0] for f in FORMS])
def test_a_form_is_read_as_the_page_says(
    form: str, number: str, content: str, typed: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path, content)
    data = configured(*shlex.split(typed))
    dataset = data.opened
    clips = []
    for name in ("train", "validation", "test"):
        try:
            split = dataset.split(name)
        except ValueError:
            continue
        clips += [dataset.clip(uid) for uid in split.uids.tolist()]
        assert split.targets.max(initial=-1) < len(dataset.class_names)
    assert len(clips) == int(number) and not dataset.faults
    assert all(Path(clip).exists() for clip in clips)
    assert dataset.prior().sum() == pytest.approx(1)
