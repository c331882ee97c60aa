"""The path of the data is one way: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# room → what it must not import (top-level names, or rooms of ours)
FORBIDDEN = {
    "playfair/shapley": {"playfair", "numpy", "pandas", "xarray", "pytorch_lightning", "hydra", "wandb"},
    "playfair/models": {
        "playfair.data", "playfair.training", "playfair.attribution", "playfair.analysis", "playfair.report",
        "playfair.study", "experiments", "hydra", "wandb", "pytorch_lightning",
    },
    "playfair/data": {
        "playfair.models", "playfair.shapley", "playfair.training", "playfair.analysis", "playfair.report",
        "playfair.study", "experiments", "hydra", "wandb",
    },
    "playfair/training": {"playfair.study", "playfair.analysis", "playfair.report", "experiments", "hydra", "wandb"},
    "playfair/attribution": {
        "playfair.data", "playfair.training", "playfair.analysis", "playfair.report", "playfair.study", "experiments",
        "hydra", "wandb", "pytorch_lightning",
    },
    "playfair/analysis": {
        "torch", "captum", "playfair.data", "playfair.models", "playfair.shapley", "playfair.training",
        "playfair.attribution", "playfair.report", "playfair.study", "experiments", "hydra", "wandb", "matplotlib",
    },
    "playfair/report": {
        "torch", "playfair.data", "playfair.models", "playfair.shapley", "playfair.training", "playfair.analysis",
        "playfair.study", "experiments",
    },
    "playfair/dashboard": {
        "torch", "playfair.models", "playfair.shapley", "playfair.training", "playfair.study", "experiments", "hydra",
        "wandb", "requests", "urllib.request",
    },
    "playfair/study.py": {"experiments", "hydra", "omegaconf", "wandb", "playfair.report"},
    "experiments": {"hydra", "omegaconf", "wandb", "pytorch_lightning", "playfair.report.style"},  # who draws is report
}  # fmt: skip
# shapley's own files name each other; only run.py, and report where it serves run.py, may know Hydra or W&B
ALLOWED = {
    "playfair/shapley": {"playfair.shapley"},
    "playfair/report": {"playfair.report", "playfair.result"},
}


def imports(source: str) -> set[str]:
    """Every module a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wrong_arrows(room: str, source: str) -> set[str]:
    """Imports of a file that its room must not make."""

    def inside(name: str, package: str) -> bool:
        return name == package or name.startswith(package + ".")

    return {
        name
        for name in imports(source)
        if any(inside(name, bad) for bad in FORBIDDEN[room])
        and not any(inside(name, good) for good in ALLOWED.get(room, ()))
    }


@pytest.mark.parametrize("room", FORBIDDEN)
def test_arrows_point_one_way(room: str) -> None:
    path = ROOT / room
    files = [path] if path.suffix else sorted(path.rglob("*.py"))
    assert files, f"{room} holds no Python file: is it misspelt here?"
    wrong = {str(file.relative_to(ROOT)): found for file in files if (found := wrong_arrows(room, file.read_text()))}
    assert not wrong


def test_only_the_run_and_its_report_know_hydra_and_wandb() -> None:
    knowing = {
        str(file.relative_to(ROOT))
        for file in [*ROOT.glob("playfair/**/*.py"), *ROOT.glob("experiments/*.py"), ROOT / "run.py"]
        if any(name.split(".")[0] in {"hydra", "omegaconf", "wandb"} for name in imports(file.read_text()))
    }
    assert knowing <= {
        "run.py",
        "playfair/report/wandb.py",
        "playfair/report/wandb_workspace.py",
        "playfair/report/terminal.py",
        "playfair/report/typed.py",
    }


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("playfair/shapley", "from playfair.models import TSN"),
        ("playfair/analysis", "def f():\n    import torch"),
        ("playfair/models", "from playfair import training"),
        ("experiments", "import wandb"),
    ],
)
def test_a_wrong_arrow_is_found(room: str, line: str) -> None:
    assert wrong_arrows(room, line)
