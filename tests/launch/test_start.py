"""What a run waits for before it begins: nothing heavy is imported to compose it and to look at it."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

HEAVY = {"torch", "pandas", "matplotlib", "plotly", "wandb", "pytorch_lightning", "scipy", "xarray"}
BEGIN = """
import sys
from types import SimpleNamespace
import playfair.launch.main as launch

def perform(cfg, folder):
    print("begun with", sorted(set(sys.modules) & set(sys.argv.pop().split(","))))

sys.modules["playfair.launch.perform"] = SimpleNamespace(perform=perform)
launch.command()
"""


def test_nothing_heavy_is_imported_before_the_studies_are_built(tmp_path: Path) -> None:
    program = BEGIN.replace("sys.argv.pop()", repr(",".join(sorted(HEAVY))))
    words = ["experiment=position", "trainer.accelerator=cpu", "dataset.name=x"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "begun with []" in done.stdout, done.stdout + done.stderr


def test_the_list_of_experiments_does_without_hydra(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import playfair.launch.main as launch; "
        "launch.command(); print('with', sorted(set(sys.modules) & {'hydra', 'omegaconf', 'torch'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.endswith("with []\n"), done.stderr
