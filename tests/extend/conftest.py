"""What the pages' commands are typed at: the installed wheel, on the tiny dataset."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TINY, Warm

# As bin/playfair of a virtual environment that has PYTHONPATH's folders and nothing of the checkout.
INSTALLED = """
import os, sys
sys.path[:1] = os.environ["PYTHONPATH"].split(os.pathsep)
import playfair
assert playfair.__file__.startswith(sys.path[0]), playfair.__file__
"""
COMMAND = f"""{INSTALLED}
from playfair.launch.main import command
command()
"""
SCRIPT = f"""{INSTALLED}
import runpy
sys.path.insert(0, os.getcwd())
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SMALL = [option for option in TINY if not option.startswith(("model.", "n_frames"))]

Playfair = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options by which all examples share the clips, decoded once, and a TSN."""
    folder = tmp_path_factory.mktemp("shared")
    return [f"paths.data={folder / 'data'}", f"paths.outputs={folder / 'outputs'}"]


@pytest.fixture
def playfair(installed: Path, tmp_path: Path) -> Playfair:
    """Types `playfair words…` in the test's folder, or `python script`.

    path: a folder where packages are installed too. draw: whether figures are drawn, not only made.
    """

    def typed(
        *words: str, path: str = "", script: str = "", draw: bool | str = False
    ) -> "subprocess.CompletedProcess[str]":
        places = os.pathsep.join(filter(None, [str(installed), path]))
        argv = [script or str(installed / "bin" / "playfair"), *words]
        code = SCRIPT if script else COMMAND
        return Warm(argv, tmp_path, code=code, draw=draw, PYTHONPATH=places).wait(120)

    return typed


def run_folder(done: "subprocess.CompletedProcess[str]", cwd: Path) -> Path:
    """Where a run that went well says that it saved its result."""
    assert done.returncode == 0, done.stderr
    place = done.stdout.rpartition("Saved to ")[2].partition(";")[0]
    return cwd / place
