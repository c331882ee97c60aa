"""docs/one_clip.md: its commands compose, and every form of its table is taken."""

import re
import shlex

import pytest
from hydra import compose, initialize_config_dir

from playfair.datasets.given import given_clips
from playfair.experiments.clip import clip
from playfair.launch.quoting import quoted
from playfair.video import webm
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "one_clip.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[2:]
    for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
FORMS = re.findall(r"^\| `(clip=[^`]+)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_table_names_a_clip(form: str, tmp_path, monkeypatch) -> None:
    for name in ("walk.mp4", "day.mkv", "holiday/beach.mp4", "pictures/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"a clip")
    monkeypatch.chdir(tmp_path)
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", ["experiment=clip", *quoted(shlex.split(form))])
    from omegaconf import OmegaConf

    named = OmegaConf.to_container(cfg, resolve=True)["experiment"]
    assert given_clips(named["clip"], named["start"], named["stop"]).places
    assert clip.__kwdefaults__["n_classes"] == named["n_classes"] == 3


def test_there_are_six_forms_and_five_commands() -> None:
    assert len(FORMS) == 6 and len(COMMANDS) == 5


def test_the_bounds_are_those_of_the_page() -> None:
    said = f"{webm.HEIGHT}\nlines, {webm.MOST_FRAMES:,} frames and two minutes".replace("\n", " ")
    assert said in PAGE.replace("\n", " ") and webm.MOST_SECONDS == 120
