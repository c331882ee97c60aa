"""The README's commands and code do what it says."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf, open_dict

from playfair.steps.esvs import ESVs
from playfair.steps.features import Features
from playfair.steps.frames import Frames
from playfair.steps.heads import Heads
from playfair.steps.interactions import Interactions
from playfair.steps.video import Video
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = [
    shlex.split(line, comments=True) for line in LINES if line.startswith(("python", "make"))
]
RUNS = [
    command[2:]
    for command in COMMANDS
    if command[:2] == ["python", "run.py"] and "-m" not in command
]
# sweeps and torchrun: composed here, for their first point; run by tests/experiments/test_cluster.py
ON_MANY = [
    [re.sub(",.*", "", option) for option in shlex.split(line.split("run.py")[1]) if option != "-m"]
    for line in LINES
    if line.startswith(("python run.py -m", "torchrun"))
]


def test_the_readme_has_commands() -> None:
    assert len(RUNS) >= 6 and ["make", "demo"] in COMMANDS and ["make", "test"] in COMMANDS


def test_every_experiment_has_a_command() -> None:
    """And so each is run: by tests/experiments/, with the options that the README types."""
    there = {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
    assert {run[0].removeprefix("experiment=") for run in RUNS} == there
    usual = (["n_frames=8"], ["model=both"], ["clip=FILE"], ["runs=[FOLDER,FOLDER]"])
    plain = [run for run in RUNS if len(run) == 1 or run[1:] in usual]
    assert {run[0].removeprefix("experiment=") for run in plain} == there


@pytest.mark.parametrize("options", RUNS + ON_MANY, ids=" ".join)
def test_every_command_composes_as_it_stands(options: list[str]) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", options, return_hydra_config=True)
        HydraConfig.instance().set_config(cfg)
        with open_dict(cfg):
            cfg.pop("hydra")
        OmegaConf.resolve(cfg)
    assert cfg.experiment


def test_every_option_of_the_table_is_there() -> None:
    table = README.split("| option | values | |")[1].split("\n\n")[0]
    first = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    options = re.findall(r"`([a-z_.]+)`", " ".join(first))
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config")
    assert {"model", "n_frames", "seed"} <= set(options)
    nowhere = object()
    assert not [name for name in options if OmegaConf.select(cfg, name, default=nowhere) is nowhere]


def test_every_folder_of_outputs_that_is_named_is_one_of_a_step_or_of_runs() -> None:
    named = set(re.findall(r"outputs/synthetic/([^/\s{]+)/", README))
    kinds = {step.kind for step in (Frames, Video, Features, Heads, ESVs, Interactions)}
    assert "runs" in named and named <= kinds | {"runs"}


@pytest.mark.parametrize(
    "target", sorted({command[1] for command in COMMANDS if command[0] == "make"})
)
def test_every_make_target_exists(target: str) -> None:
    assert subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True).returncode == 0


def test_the_python_examples_run_and_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(example, names)
    attribution = names["attribution"]
    assert attribution.esv.shape == (32, 8, 174)
    gap = attribution.esv.sum(1) + names["prior"] - attribution.score
    assert gap.abs().max() < 1e-6
    assert list(Path("my_esvs").iterdir())
    assert names["answer"].esv.shape == (1, 220, 5)


def test_every_file_and_picture_that_is_named_is_there() -> None:
    named = re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(
        r"`((?:playfair|tests|conf|experiments)/[^`*…<]*)`", README
    )
    assert named and not [name for name in named if not (ROOT / name).exists()]
