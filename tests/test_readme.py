"""The README, and the pages that list experiments, options and outputs, say what there is.

That commands compose, code runs and links lead somewhere is tested of all pages: test_pages.py.
"""

import re

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from playfair.steps.esvs import ESVs
from playfair.steps.features import Features
from playfair.steps.frames import Frames
from playfair.steps.heads import Heads
from playfair.steps.interactions import Interactions
from playfair.steps.video import Video
from tests.conftest import ROOT
from tests.pages import PAGES, lines, options, text_of

README = text_of("README.md")
EXPERIMENTS = "docs/experiments.md"


def test_the_first_screen_has_the_two_commands() -> None:
    first_screen = README.splitlines()[:14]
    assert "make test" in first_screen
    assert any(line.startswith("make demo") for line in first_screen)


def test_what_nobody_else_has_is_what_was_measured() -> None:
    """The table stands on two pages, and its numbers in a third, beside their commands."""
    tables = [
        text_of(page).split("## What nobody else has")[1].split("\n## ")[0]
        for page in ("README.md", "docs/index.md")
    ]
    assert tables[0].replace("](docs/", "](") == tables[1]
    rows = re.findall(r"^\| (.+) \| (.+) \| `", text_of("docs/measured.md"), re.MULTILINE)
    measured = {what: [float(number) for number in re.findall(r"[\d.]+", of)] for what, of in rows}

    def of(words: str) -> list[float]:
        (row,) = (numbers for what, numbers in measured.items() if words in what)
        return row

    def said(pattern: str) -> list[float]:
        (found,) = re.findall(pattern, tables[0])
        return [float(number) for number in re.findall(r"[\d.]+", found)]

    at_8, _, at_16, at_20 = of("exact ESVs of a video, all 174 classes")
    assert said("([^|]+) ms a clip") == [round(at_8, 1), round(at_16), round(at_20, -1)]
    assert said("takes (.+) times as long as freezing") == of("tokens over freezing them")
    assert (
        said("value (.+) times in 100")[0] == 100 * of("hold the exact value, mean over games")[0]
    )
    assert said("100; (.+) times the squared error") == of("the error at 12, 16 and 32 elements")


def test_every_experiment_has_a_command() -> None:
    """And so each is run: by tests/experiments/, with the options that the page types."""
    there = {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
    runs = [options(line) for line in lines(EXPERIMENTS) if line.startswith("python run.py exp")]
    assert {run[0].removeprefix("experiment=") for run in runs if run} == there
    usual = (["n_frames=8"], ["model=both"], ["clip=FILE"], ["runs=[FOLDER,FOLDER]"])
    plain = [run for run in runs if run and (len(run) == 1 or run[1:] in usual)]
    assert {run[0].removeprefix("experiment=") for run in plain} == there


def test_every_option_of_the_table_is_there() -> None:
    table = text_of(EXPERIMENTS).split("| option | values | |")[1].split("\n\n")[0]
    first = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    named = re.findall(r"`([a-z_.]+)`", " ".join(first))
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config")
    assert {"model", "n_frames", "seed"} <= set(named)
    nowhere = object()
    assert not [name for name in named if OmegaConf.select(cfg, name, default=nowhere) is nowhere]


def test_every_model_and_dataset_of_the_table_is_there() -> None:
    rows = dict(re.findall(r"^\| `(model|dataset)` \| ([^|]*) \|", text_of(EXPERIMENTS), re.M))
    for group, values in rows.items():
        there = {path.stem for path in (ROOT / "conf" / group).glob("*.yaml")}
        assert set(re.findall(r"`(\w+)`", values)) <= there, group


def test_every_folder_of_outputs_that_is_named_is_one_of_a_step_or_of_runs() -> None:
    text = "".join(map(text_of, PAGES))
    named = set(re.findall(r"outputs/(?:synthetic|<dataset>)/([^/\s{<]+)/", text))
    kinds = {step.kind for step in (Frames, Video, Features, Heads, ESVs, Interactions)}
    assert "runs" in named and named <= kinds | {"runs"}


def test_every_file_of_the_repository_that_is_named_is_there() -> None:
    for page in PAGES:
        named = re.findall(r"`((?:playfair|tests|conf|experiments)/[^`*…<{]*)`", text_of(page))
        assert not [name for name in named if not (ROOT / name).exists()], page
