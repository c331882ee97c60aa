"""What W&B recorded, read back from its own files by its own reader."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

WANDB = str(Path(sys.executable).with_name("wandb"))


class Records:
    """The records of one part of a W&B run.

    Args:
        place: the folder that `wandb sync` takes.
    """

    def __init__(self, place: Path) -> None:
        command = [WANDB, "leet", "inspect", "--json", str(place)]
        read = subprocess.run(command, capture_output=True, text=True, check=True)
        self.all: list[dict[str, Any]] = [json.loads(line) for line in read.stdout.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record[kind] for record in self.all if record["type"] == kind]

    @property
    def run(self) -> dict[str, Any]:
        """Id, name, group, job_type, tags and configuration as they were begun."""
        return self.of("run")[0]

    @property
    def config(self) -> dict[str, Any]:
        return self.run["config"]["update"]

    @property
    def history(self) -> list[dict[str, Any]]:
        return [line["item"] for line in self.of("history")]

    @property
    def summary(self) -> dict[str, Any]:
        updates = [record["update"] for record in self.of("summary")]
        return {key: value for update in updates for key, value in update.items()}

    @property
    def axes(self) -> dict[str, str]:
        """Name or pattern of metrics → what they are plotted over."""
        metrics = [metric for metric in self.of("metric") if "step_metric" in metric]
        return {
            metric.get("name") or metric["glob_name"]: metric["step_metric"] for metric in metrics
        }

    @property
    def artifacts(self) -> dict[str, dict[str, Any]]:
        """By name, without those that W&B makes of tables."""
        return {
            artifact["name"]: artifact
            for artifact in self.of("artifact")
            if not artifact["type"].startswith("run_table")
        }


def places(folder: Path) -> list[Path]:
    """All parts of W&B runs in a run's folder, in the order in which they were begun."""
    return sorted((folder / "wandb").glob("*run-*-*"))
