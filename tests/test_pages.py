"""Every page of the documentation: its commands compose, its code runs, its links lead somewhere."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf, open_dict

from playfair.launch import clips_options
from playfair.launch.quoting import quoted
from tests.clips import encoded, moving
from tests.conftest import ROOT
from tests.extend.pages import write_files
from tests.pages import DOCS, PAGES, anchors, blocks, lines, options, prose, text_of

NAV = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2])
# The code of these is run elsewhere, on clips, checkpoints and plug-ins that are made there.
RUN_ELSEWHERE = {
    "docs/known_values.md": "tests/test_known_values_page.py",
    "docs/models.md": "tests/test_models_page.py",
    "docs/weights.md": "tests/test_weights_page.py",
    "docs/examples/": "tests/answers/test_examples.py",
    "docs/extend/callback.md": "tests/answers/test_callback.py",
    "docs/extend/": "tests/extend/test_pages.py",
}
TYPED = {
    line: page
    for page in PAGES
    if not page.startswith("docs/extend/")  # typed as they stand: tests/extend/test_pages.py
    for line in lines(page)
}
RUNS = {line: page for line, page in TYPED.items() if options(line) is not None}
OTHERS = {line: page for line, page in TYPED.items() if line not in RUNS}


@pytest.fixture(scope="module")
def hydra() -> Iterator[None]:
    clips_options.register()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        yield


def first_point(word: str) -> str:
    """Of a sweep's option the first of its values."""
    name, equals, value = word.partition("=")
    if "interval(" in value or value.startswith("range("):
        value = re.findall(r"[\d.e-]+", value)[0]
    plain = not value.startswith(("[", "{", "'"))
    return name + equals + (value.split(",")[0] if plain else value)


@pytest.mark.parametrize("line", RUNS)
def test_every_command_composes_as_it_stands(line: str, hydra, tmp_path: Path) -> None:
    if options(line)[:1] in (["push"], ["pull"]):
        return  # not Hydra's: the tests of sharing type them
    typed = quoted([word for word in options(line) or [] if word != "--help"])
    if "--config-dir=mine" in typed:  # the files of docs/extend/head.md
        typed[0] = f"hydra.searchpath=[file://{write_files('head', tmp_path)}/mine]"
    if {"-m", "--multirun"} & set(typed):
        typed = [first_point(word) for word in typed if word not in ("-m", "--multirun")]
    cfg = compose("config", typed, return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    with open_dict(cfg):
        cfg.pop("hydra")
    OmegaConf.resolve(cfg)
    if typed:
        assert cfg.experiment._target_.startswith("playfair.experiments.")
    if "clip=FILE" in typed:
        assert cfg.clip == "FILE" and cfg.experiment.n_frames == cfg.n_frames


@pytest.mark.parametrize("line", OTHERS)
def test_whatever_else_is_typed_is_there(line: str) -> None:
    match shlex.split(line, comments=True):
        case ["make", target]:
            made = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True)
            assert made.returncode == 0
        case ["pip", "install", *named]:
            project = tomllib.loads(text_of("pyproject.toml"))["project"]
            extras = re.search(r"\[(.*)\]", named[-1])
            asked = set(extras[1].split(",")) if extras else set()
            assert asked <= set(project["optional-dependencies"])
            assert re.match(r"\.|playfair\b", named[-1])
        case ["pip", "wheel", "--no-deps", "."]:
            assert (ROOT / "pyproject.toml").is_file()
        case ["python", "-m", "pytest", *_, file] | ["wandb", "sweep", file]:
            assert (ROOT / file).is_file()
        case ["source", ".venv/bin/activate"] | ["wandb", "agent", _]:
            pass
        case _:
            pytest.fail(f"{TYPED[line]}: no test knows what {line} should do")


def home_of(page: str) -> str | None:
    """The tests that run a page's code; None if it is run here."""
    return next((test for part, test in RUN_ELSEWHERE.items() if page.startswith(part)), None)


HERE = [page for page in PAGES if blocks(page, "python") and not home_of(page)]


@pytest.mark.parametrize("page", HERE)
def test_the_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip = encoded(tmp_path / "clip.webm", "libvpx-vp9", moving(32, 32, 32))
    names = {"clip": clip, "choose": lambda n_frames: [0, n_frames - 1]}  # docs/video.md's
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), names)
    if page in ("README.md", "docs/index.md", "docs/python.md", "docs/start.md"):
        answer = names["attribution"]
        assert answer.esv.shape == (32, 8, 174)
        gap = answer.esv.sum(1) + answer.prior - answer.score
        assert gap.abs().max() < 1e-6


def test_no_block_of_code_is_run_by_none() -> None:
    assert {"docs/python.md", "docs/start.md", "README.md"} <= set(HERE)
    for page in PAGES:
        if blocks(page, "python") and (test := home_of(page)):
            name = Path(page).stem
            assert re.search(rf"\b{name}\b", text_of(test) + text_of("tests/extend/pages.py")), page
    for part, test in RUN_ELSEWHERE.items():
        assert (ROOT / test).is_file() and any(page.startswith(part) for page in PAGES)


def in_nav(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    entries = entry.values() if isinstance(entry, dict) else entry
    return [name for each in entries for name in in_nav(each)]


def test_the_nav_holds_every_page_once() -> None:
    there = [str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")]
    assert sorted(in_nav(NAV)) == sorted(there)


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_every_link_leads_to_a_page_and_a_heading(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)]+)\)", prose(page)):
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target
