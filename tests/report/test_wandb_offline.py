"""What a W&B run holds, name by name, as W&B itself reads it back; no server, no command line."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from playfair.datasets.drawing.clip import draw
from playfair.datasets.drawing.encoding import encode
from playfair.report import wandb, wandb_run
from playfair.report.figures.interactive import Lines
from playfair.report.wandb_media import media
from playfair.report.wandb_names import config_of, own_result, run_name, tags_of
from playfair.result import Result, Strip
from playfair.steps.manifest import write_manifest
from playfair.steps.step import identity
from tests.report.wandb_records import WANDB, Records, places
from tests.report.wandb_server import KEY, serving

LOGGER: dict[str, Any] = {
    **{"project": "mine", "entity": None, "name": None, "job_type": None, "tags": ["try"]},
    **{"group": None, "typed": [], "mode": None, "clips": False},
}
MODELS = {name: {"training": {"optimizer": {"lr": 0.002}}} for name in ("trn", "tsn")}
CONFIG: dict[str, Any] = {
    "experiment": {"_target_": "playfair.experiments.esv.esv", "n_frames": 8},
    "dataset": {"name": "synthetic", "root": "data/synthetic"},
    "estimator": {"budget": None, "name": "sampled"},
    "trainer": {"devices": 1},
    "model": MODELS,
    "logger": LOGGER,
    **{"n_frames": 8, "seed": 0, "seeds": None, "command": "python run.py experiment=esv"},
}


def started(folder: Path, models: Mapping[str, Any] = MODELS, **options: Any) -> Any:
    """The W&B runs of a command whose outputs are beside its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    say = options.pop("say", lambda line: None)
    root = folder.parent / "outputs" / "synthetic"
    return wandb.started(folder, {**CONFIG, **options}, models, root, say)


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What we said, without what W&B notes of itself."""
    return [record.getMessage() for record in caplog.records if record.name == "playfair"]


def strip(clip: Path | None = None) -> Strip:
    frames = np.zeros((2, 8, 8, 3), np.uint8)
    return Strip("up", frames, np.array([1, 5]), {"trn": np.ones(2)}, {"trn": ""}, None, clip)


def figure(kind: str) -> Figure:
    drawn = Figure(figsize=(1, 1))
    pictures = {"frames": np.zeros((2, 2, 3)), "heat": np.zeros((2, 2))}
    axes = drawn.subplots()
    axes.imshow(pictures[kind]) if kind in pictures else axes.plot([0, 1])
    return drawn


def answer() -> Result:
    """Of two models, with a part, and a figure of each kind."""
    numbers = pd.DataFrame({"model": ["trn", "tsn"], "x": [1, 2], "y": [0.5, 0.25]})
    moving = Lines(numbers.assign(low=0, high=1), x="x", y="y", by="model", titles=("", ""))
    part = Result("A part", "", metrics={"trn_inner": 0.5}, figures={"curves_trn": figure("line")})
    return Result(
        "Whole",
        "",
        metrics={"trn_top1": 0.25, "tsn_top1": 0.75, "gap": 1e-7, "trn_nothing": float("nan")},
        tables={"numbers": numbers},
        figures={name: figure(name) for name in ("frames", "heat", "line")},
        interactive={"line": moving},
        strips=[strip()],
        parts=(part,),
    )


def test_two_models_are_two_runs_of_one_group_with_keys_of_their_own(tmp_path: Path) -> None:
    said: list[str] = []
    with started(tmp_path / "esv_1", say=said.append) as runs:
        logger = runs.logger("trn", 0)
        logger.log_metrics({"video/loss": 0.5, "epoch": 0}, step=10)
        logger.log_metrics({"video/loss": 0.25, "video/val_top1": 1.0, "epoch": 1}, step=20)
        logger.log_metrics({"heads/loss": 0.125, "heads/epoch": 7}, step=5)
        runs.log_result(answer())
    trn, tsn = (Records(place) for place in places(tmp_path / "esv_1"))
    assert trn.run["display_name"] == "esv · trn · 8 frames · seed 0"
    assert tsn.run["display_name"] == "esv · tsn · 8 frames · seed 0"
    assert trn.run["run_group"] == tsn.run["run_group"] == "esv_1"
    assert (trn.run["job_type"], trn.run["project"]) == ("esv", "mine")
    assert trn.run["tags"] == ["esv", "synthetic", "trn", "exact", "try"]
    assert trn.run["run_id"] != tsn.run["run_id"]
    scalars = {"model": "trn", "n_frames": 8, "seed": 0, "experiment": "esv", "estimator": "exact"}
    assert scalars.items() <= trn.config.items() and trn.config["dataset"] == "synthetic"
    assert trn.config["options"]["model"] == {"training": {"optimizer": {"lr": 0.002}}}
    # training: each stage over its own epochs, and no axis of Lightning's
    assert trn.axes["video/*"] == "video/epoch" and trn.axes["heads/*"] == "heads/epoch"
    own = [{k: v for k, v in line.items() if k[0] != "_"} for line in trn.history]
    assert own[:3] == [
        {"video/loss": 0.5, "video/epoch": 0},
        {"video/loss": 0.25, "video/val_top1": 1.0, "video/epoch": 1},
        {"heads/loss": 0.125, "heads/epoch": 7},
    ]
    # the answer: in history and summary, over the number of frames, without the model's name
    assert {"top1": 0.25, "gap": 1e-7, "a-part/inner": 0.5, "n_frames": 8}.items() <= own[3].items()
    assert {"top1": 0.75, "gap": 1e-7}.items() <= tsn.summary.items()
    assert trn.axes["top1"] == trn.axes["a-part/inner"] == "n_frames"
    assert not any("trn" in key or "tsn" in key for key in {**trn.summary, **tsn.summary})
    assert "nothing" not in trn.summary
    types = {key: value for key, value in trn.summary.items() if key.endswith("._type")}
    kinds = {key.removesuffix("._type"): value for key, value in types.items()}
    assert kinds == {
        **{"numbers_table": "table-file", "heat": "image-file", "line": "image-file"},
        **{"line_interactive": "plotly-file", "a-part/curves": "image-file"},
    }
    assert (trn.summary["numbers_table.nrows"], trn.summary["numbers_table.ncols"]) == (1, 2)
    assert trn.of("exit")[0].get("exit_code", 0) == 0
    first, second = places(tmp_path / "esv_1")
    assert said == [f"To have it in W&B, type: wandb sync {first} {second}"]


def test_frames_of_clips_are_logged_only_where_asked_for(tmp_path: Path) -> None:
    clip = tmp_path / "7.webm"
    clip.write_bytes(encode(draw("Moving [something] up", np.random.SeedSequence(0), size=32)))
    result = Result("T", "", figures={"frames": figure("frames")}, strips=[strip(clip)])
    assert not media(result, tmp_path)
    with started(tmp_path / "run", {"trn": {}}, logger={**LOGGER, "clips": True}) as runs:
        runs.log_result(result)
    (place,) = places(tmp_path / "run")
    assert {"frames._type", "clips._type"} <= Records(place).summary.keys()
    staged = [
        path.read_bytes() for path in (tmp_path / "run/wandb/data/artifacts/staging").iterdir()
    ]
    assert clip.read_bytes() in staged, "the clip itself, to be played"
    assert any(content.startswith(b"\x89PNG") for content in staged), "its film strip"


def test_a_killed_command_goes_on_in_its_run_and_a_finished_one_begins_another(
    tmp_path: Path,
) -> None:
    with pytest.raises(KeyboardInterrupt), started(tmp_path / "first", {"trn": {}}) as runs:
        runs.logger("trn", 0).log_metrics({"video/loss": 0.5, "epoch": 0})
        raise KeyboardInterrupt
    said: list[str] = []
    with started(tmp_path / "again", {"trn": {}}, say=said.append, command="typed again") as runs:
        runs.logger("trn", 0).log_metrics({"video/loss": 0.25, "epoch": 1})
    with started(tmp_path / "third", {"trn": {}}):
        pass
    with started(tmp_path / "other", {"trn": {}}, seed=1):
        pass
    runs_of = {name: places(tmp_path / name)[0] for name in ("first", "again", "third", "other")}
    ids = {name: Records(place).run["run_id"] for name, place in runs_of.items()}
    assert ids["first"] == ids["again"] and len(set(ids.values())) == 3
    assert Records(runs_of["first"]).of("exit")[0]["exit_code"] == 1
    assert said == [f"To have it in W&B, type: wandb sync {runs_of['first']} {runs_of['again']}"]
    # what that line does: both parts are one run's history
    with serving() as server:
        environment = {**os.environ, "WANDB_BASE_URL": server.url, "WANDB_API_KEY": KEY}
        environment |= {"WANDB_MODE": "online", "HOME": str(tmp_path)}
        command = [WANDB, *said[0].split()[-3:]]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stderr
    lines = server.streamed[ids["first"]]
    assert [line["video/epoch"] for line in lines] == [0, 1]
    assert [line["video/loss"] for line in lines] == [0.5, 0.25]


def test_two_processes_that_record_the_same_have_a_run_each(tmp_path: Path, caplog) -> None:
    with (
        started(tmp_path / "first", {"trn": {}}) as first,
        started(tmp_path / "second", {"trn": {}}) as second,
    ):
        ids = {runs.of_models["trn"].run.id for runs in (first, second)}
    assert len(ids) == 2
    (told,) = ours(caplog)
    assert "records the same command in W&B" in told and f"process {os.getpid()}" in told


def test_an_id_that_is_asked_for_is_one_commands(tmp_path: Path, monkeypatch, caplog) -> None:
    monkeypatch.setenv("WANDB_RUN_ID", "mine")
    ids = []
    for seed in (0, 1):
        with started(tmp_path / str(seed), seed=seed) as runs:
            ids.append([recorded.run.id for recorded in runs.of_models.values()])
    assert ids[0] == ["mine", "mine-tsn"], "a W&B run is of one model"
    assert ids[1][0].startswith("mine-") and ids[1][1].startswith("mine-tsn-")
    assert "WANDB_RUN_ID=mine is the W&B run of another command" in caplog.text


def test_curves_of_several_seeds_are_told_apart(tmp_path: Path) -> None:
    logger = {**LOGGER, "tags": "one"}
    with started(tmp_path / "run", {"trn": {}}, seeds=2, logger=logger) as runs:
        for seed in (0, 1):
            runs.logger("trn", seed).log_metrics({"heads/loss": 0.5 + seed, "epoch": 3})
    (place,) = places(tmp_path / "run")
    records = Records(place)
    assert records.run["display_name"] == "esv · trn · 8 frames · seeds 0 to 1"
    assert (records.config["seeds"], records.config["seed"]) == (2, None)
    assert records.run["tags"][-1] == "one"
    assert records.summary["seed-0/heads/loss"] == 0.5
    assert records.summary["seed-1/heads/loss"] == 1.5
    assert records.axes["seed-1/heads/*"] == "seed-1/heads/epoch"
    assert records.history[1]["seed-1/heads/epoch"] == 3


def test_what_cannot_be_recorded_is_told_once_and_the_rest_is_recorded(
    tmp_path: Path, caplog
) -> None:
    def broken() -> Any:
        raise RuntimeError("no figure")

    result = Result("T", "", metrics={"top1": 0.5}, interactive={"one": broken, "two": broken})
    with started(tmp_path / "run", {"trn": {}}) as runs:
        runs.log_result(result)
    (place,) = places(tmp_path / "run")
    assert Records(place).summary["top1"] == 0.5
    assert ours(caplog) == ["W&B did not record all, the run goes on: no figure"]


def test_a_run_whose_mirror_cannot_begin_is_done_all_the_same(
    tmp_path: Path, monkeypatch, caplog
) -> None:
    begin = wandb_run.wandb.init

    def refusing(**options: Any) -> Any:
        if options["mode"] != "disabled":
            raise PermissionError("no service here")
        return begin(**options)

    monkeypatch.setattr(wandb_run.wandb, "init", refusing)
    said: list[str] = []
    with started(tmp_path / "run", {"trn": {}}, say=said.append) as runs:
        runs.log_result(Result("T", "", metrics={"top1": 0.5}))
    assert ours(caplog) == ["W&B records nothing, the run folder is complete: no service here"]
    assert said == [] and not places(tmp_path / "run")


def test_disabled_nothing_is_declared_and_nothing_is_said(tmp_path: Path, caplog) -> None:
    record = {"step": "video", "version": 1, "settings": {}, "inputs": {}}
    step = tmp_path / "outputs/synthetic/video/trn"
    step.mkdir(parents=True)
    (step / "made_from.json").write_text(json.dumps({**record, "id": identity(record)}))
    write_manifest(step, {})
    layout: Any = SimpleNamespace(opened=[str(step)])
    logger = {**LOGGER, "mode": "disabled"}
    with started(tmp_path / "run", {"trn": {}}, logger=logger) as runs:
        runs.log_artifacts(layout)
    assert ours(caplog) == []


def test_names_tags_and_configuration_say_what_ran() -> None:
    sampled = {**CONFIG, "estimator": {"budget": 900, "name": "sampled"}, "n_frames": 16, "seed": 3}
    assert run_name(sampled, "tsn", ["lr=1"]) == "esv · tsn · 16 frames · seed 3 · lr=1"
    assert tags_of(sampled, "tsn") == ["esv", "synthetic", "tsn", "sampled"]
    config = config_of(sampled, "tsn", {})
    assert all(not isinstance(value, dict) for name, value in config.items() if name != "options")
    assert "logger" not in config["options"] and "model" in config["options"]


def test_a_models_own_part_of_a_result() -> None:
    table = pd.DataFrame({"model": ["trn", "trn_large"], "value": [1, 2]})
    whole = Result(
        "T",
        "",
        metrics={"trn_top1": 1.0, "trn_large_top1": 2.0, "clips": 3.0},
        tables={"rows": table, "peers": pd.DataFrame({"model": ["shapiq"], "s": [1]})},
        figures={"curves_trn": figure("line"), "curves_trn_large": figure("line")},
    )
    own = own_result(whole, "trn", ["trn", "trn_large"])
    assert own.metrics == {"top1": 1.0, "clips": 3.0}
    assert own.tables["rows"].to_dict("list") == {"value": [1]}
    assert own.tables["peers"].equals(whole.tables["peers"]), "of no model here: as it is"
    assert list(own.figures) == ["curves"]
    assert own.figures["curves"] is whole.figures["curves_trn"]
