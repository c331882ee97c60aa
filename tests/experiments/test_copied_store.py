"""ESV stores alone answer what only reads ESVs: no dataset, no weights, and torch is not imported."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import QUICK, TINY, run_py, stamps
from tests.experiments.test_experiments import complete, newest_run

# Python imports it before all else. Who only asks whether torch is installed is told that it is.
SITECUSTOMIZE = """
import sys, traceback
from importlib.machinery import ModuleSpec

class NoTorch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return ModuleSpec(name, NoTorch) if name == "torch" else None

    @staticmethod
    def create_module(spec):
        with open(r"{wanted}", "a") as file:
            traceback.print_stack(file=file)
        raise ImportError("torch must not be imported here")

    @staticmethod
    def exec_module(module):
        pass

sys.meta_path.insert(0, NoTorch)
"""


@pytest.fixture(scope="module")
def copied(explained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the ESV stores at 1 and at 4 frames, and with nothing else."""
    done = explained("experiment=length")
    assert done.returncode == 0, done.stderr
    folder = tmp_path_factory.mktemp("copied")
    esvs = Path("outputs", "synthetic", "esvs")
    shutil.copytree(explained.folder / esvs, folder / esvs)
    return folder


@pytest.mark.parametrize("experiment", ["position", "support", "classes", "length"])
def test_copied_esvs_answer_without_dataset_and_weights_and_torch(
    explained, copied: Path, tmp_path: Path, experiment: str
) -> None:
    wanted = tmp_path / "torch_is_imported.txt"
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE.format(wanted=wanted))
    before = stamps(copied)
    options = [f"experiment.{option}" for option in QUICK.get(experiment, [])]
    typed = ["model=both", *TINY, f"experiment={experiment}", *options]
    done = run_py(*typed, cwd=copied, PYTHONPATH=str(tmp_path))
    assert not wanted.exists(), wanted.read_text()
    complete(done, newest_run(copied, experiment))
    there = {path.name for path in (copied / "outputs" / "synthetic").iterdir()}
    assert there <= {"esvs", "runs", ".locks"} and not (copied / "data").exists()
    assert stamps(copied) == before

    if experiment != "position":
        return
    whole = explained(f"experiment={experiment}")  # with all there is
    assert whole.returncode == 0, whole.stderr
    answers = [
        json.loads((newest_run(folder, experiment) / "metrics.json").read_text())
        for folder in (copied, explained.folder)
    ]
    assert answers[0] == answers[1]
