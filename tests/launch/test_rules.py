"""Rules that hold themselves: what the tools refuse, and what stands twice and has to agree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import playfair
from tests.conftest import ROOT

MISSPELT = """
from jaxtyping import Float
from torch import Tensor


def doubled(scores: Float[Tensor, "video class"], prior: Float[Tensor, " class"]) -> Float[Tensor, "video class"]:
    return 2 * {name} - prior
"""


@pytest.mark.parametrize("tool", ["ruff", "mypy"])
@pytest.mark.parametrize(("name", "code"), [("scores", 0), ("scroes", 1)])
def test_a_misspelt_variable_does_not_pass_make_check(
    tmp_path: Path, tool: str, name: str, code: int
) -> None:
    file = tmp_path / "doubled.py"
    file.write_text(MISSPELT.format(name=name))
    # torch's own sources take mypy half a minute, and are not the question
    words = {
        "ruff": ["ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        "mypy": ["mypy", "--config-file", str(ROOT / "pyproject.toml"), "--follow-imports=skip"],
    }[tool]
    done = subprocess.run(
        [sys.executable, "-m", *words, str(file)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("scroes" in done.stdout) == bool(code)


def test_the_version_is_the_same_wherever_it_is_said() -> None:
    citation = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    newest = re.search(r"^## (\d\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert citation and newest
    assert citation[1] == newest[1] == playfair.__version__


def test_every_optional_package_belongs_to_an_extra_that_is_there() -> None:
    import tomllib

    from playfair.launch.errors import EXTRAS

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(EXTRAS.values()) <= set(extras["optional-dependencies"])
    pinned = (ROOT / "constraints.txt").read_text().lower()
    assert "torchvision" not in pinned
    missing = [
        requirement
        for names in (extras["dependencies"], extras["optional-dependencies"]["dev"])
        for requirement in names
        if f"\n{re.split('[><=]', requirement)[0].lower()}==" not in pinned.replace("_", "-")
    ]
    assert missing == []
