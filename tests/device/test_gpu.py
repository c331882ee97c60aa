"""On a GPU all is explained as on the CPU: on a real one, or else on one that is pretended.

The pretended one refuses what a real one does: see pretended_gpu.cpp. Compiling it takes 15 s.
"""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch

from tests.checkpoints import synthetic_classes, write_checkpoint
from tests.conftest import ROOT
from tests.device.pretend import compiled, compiler

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
REAL = torch.cuda.is_available()
pytestmark = [
    pytest.mark.whole,  # 40 s, most of them for the compiler and the checkpoints
    pytest.mark.skipif(not (REAL or compiler()), reason="there is neither a GPU nor g++"),
]
ROUNDING = 1e-3 if REAL else 2e-5  # cuDNN multiplies convolutions in TF32
ON_CPU = {"masks"}  # whose answer is where its prior is


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What tests/device/on_gpu.py says of each case, in a process of its own."""
    folder = tmp_path_factory.mktemp("gpu")
    for family in ("videomae", "timesformer", "vjepa2", "vivit"):
        (folder / family).mkdir()
        write_checkpoint(folder / family, family, synthetic_classes())
    library = "-" if REAL else str(compiled(folder))
    command = [sys.executable, "-m", "tests.device.on_gpu", library, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["case"]: line for line in said}


def test_nothing_fails_there(lines) -> None:
    assert len(lines) > 70
    assert {name: line["error"] for name, line in lines.items() if "error" in line} == {}


def test_values_are_those_of_the_cpu(lines) -> None:
    off = {name: line.get("difference") for name, line in lines.items()}
    assert {name: by for name, by in off.items() if by is None or not by <= ROUNDING} == {}


def test_answers_are_where_the_clips_are(lines) -> None:
    elsewhere = {
        name: line["devices"] for name, line in lines.items() if line.get("devices") != ["cuda"]
    }
    assert elsewhere == {name: ["cpu"] for name in ON_CPU}
