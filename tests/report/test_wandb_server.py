"""W&B with a server, one of our own on this machine: it may refuse, break, forget or be gone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, TINY, call_warm, studies
from tests.report.wandb_records import WANDB, Records, places
from tests.report.wandb_server import KEY, serving

# W&B keeps a server's address for as long as it lives: what follows is done by a process each.
RECORD = """
import sys
from pathlib import Path
import logging
logging.basicConfig(format="%(name)s: %(message)s")
from playfair.report import wandb
from playfair.result import Result
from tests.report.test_wandb_offline import LOGGER, started
logger = {**LOGGER, "mode": None if "unasked" in sys.argv else "online"}
with started(Path(sys.argv[0]), {"trn": {}}, say=print, logger=logger) as runs:
    runs.logger("trn", 0).log_metrics({"video/loss": 0.5, "epoch": 0})
    runs.log_result(Result("T", "", metrics={"trn_top1": 0.25}))
    if "killed" in sys.argv:
        raise KeyboardInterrupt
"""
ONLINE = """
import sys
from pathlib import Path
from tests.forked import Warm
done = Warm(sys.argv[1:], Path.cwd(), WANDB_MODE="online").wait()
print(done.stdout + done.stderr)
sys.exit(done.returncode)
"""
QUICK = {"WANDB_HTTP_TIMEOUT": "1", "WANDB_INIT_TIMEOUT": "4", "WANDB_FINISH_TIMEOUT": "4"}


def record(folder: Path, url: str, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """What a process says that records a run with the server at `url`."""
    argument = str(folder / "run")
    own = {"WANDB_MODE": "", "WANDB_BASE_URL": url, "WANDB_API_KEY": KEY, "HOME": str(folder)}
    own |= QUICK | environment
    code = f"import sys; sys.argv = [{argument!r}, *{list(words)!r}]\n{RECORD}"
    return call_warm(code, cwd=folder, **own)


def warnings_of(done: subprocess.CompletedProcess) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("playfair: ")]


@pytest.mark.whole
def test_with_a_server_all_of_it_is_there_and_its_address_is_said(tmp_path: Path) -> None:
    with serving() as server:
        done = record(tmp_path, server.url, "unasked")
    ((name, run),) = server.runs.items()
    assert f"W&B: {server.url}/me/mine/runs/{name}" in done.stdout and "sync" not in done.stdout
    assert not warnings_of(done), done.stderr
    assert run["displayName"] == "esv · trn · 8 frames · seed 0" and run["jobType"] == "esv"
    first, second = server.streamed[name]
    assert {"video/loss": 0.5, "video/epoch": 0}.items() <= first.items()
    assert {"n_frames": 8, "top1": 0.25}.items() <= second.items()
    assert json.loads(run["config"])["model"] == {"value": "trn"}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        pytest.param("refused", "user is not logged in", marks=pytest.mark.whole),
        pytest.param("broken", "the server does not answer", marks=pytest.mark.whole),
        ("gone", "the server does not answer"),
    ],
)
def test_without_a_server_there_is_one_warning_and_all_of_it_is_recorded_offline(
    tmp_path: Path, how: str, why: str
) -> None:
    with serving(how) as server:
        url = server.url if how != "gone" else "http://127.0.0.1:9"
        done = record(tmp_path, url)
    assert done.returncode == 0, done.stderr
    (warning,) = warnings_of(done)
    assert "W&B is recorded offline, nothing is lost" in warning and why in warning
    (place,) = places(tmp_path / "run")
    assert place.name.startswith("offline-run-")
    assert Records(place).summary["top1"] == 0.25
    assert f"wandb sync run/wandb/{place.name}" in done.stdout


@pytest.mark.parametrize("mode", ["offline", pytest.param("disabled", marks=pytest.mark.whole)])
def test_the_environments_mode_wins_and_asks_no_server(tmp_path: Path, mode: str) -> None:
    with serving("refused") as server:
        done = record(tmp_path, server.url, WANDB_MODE=mode)
    assert done.returncode == 0 and not warnings_of(done), done.stderr
    assert not server.asked, "nothing leaves the machine unasked"
    assert [place.name[:12] for place in places(tmp_path / "run")] == (
        ["offline-run-"] if mode == "offline" else []
    )


@pytest.mark.whole  # test_wandb_offline.py kills one without a server, and reads what it went on with
def test_a_killed_command_goes_on_in_its_run_unless_that_was_deleted(tmp_path: Path) -> None:
    with serving() as server:
        killed = record(tmp_path, server.url, "killed")
        (name,) = server.runs
        record(tmp_path, server.url, "killed")
        assert list(server.runs) == [name]
        assert [line["_step"] for line in server.streamed[name]] == [0, 1, 2, 3]
        server.deleted = name
        again = record(tmp_path, server.url)
    assert "KeyboardInterrupt" in killed.stderr
    (other,) = server.runs.keys() - {name}
    (warning,) = warnings_of(again)
    assert f"the W&B run {name} cannot be continued" in warning and "deleted" in warning
    assert f"this is a new one, {other}" in warning
    assert f"/runs/{other}" in again.stdout and len(server.streamed[other]) == 2


@pytest.mark.whole
def test_a_server_that_stops_taking_numbers_is_told_with_what_to_type(tmp_path: Path) -> None:
    with serving("revoked") as server:
        done = record(tmp_path, server.url)
    assert done.returncode == 0, done.stderr
    (warning,) = warnings_of(done)
    assert "did not take all" in warning and "401" in warning
    (place,) = places(tmp_path / "run")
    assert f"wandb sync run/wandb/{place.name}" in done.stdout


def parameters_of(name: str) -> dict[str, dict[str, object]]:
    """Of a shipped sweep, a value for each parameter, as W&B's server hands it to an agent."""
    sweep = yaml.safe_load((ROOT / f"conf/sweeps/{name}.yaml").read_text())
    return {
        option: {"value": given["values"][0] if "values" in given else given["min"]}
        for option, given in sweep["parameters"].items()
    }


@pytest.mark.parametrize("name", sorted(path.stem for path in ROOT.glob("conf/sweeps/*.yaml")))
def test_a_shipped_sweep_asks_for_options_that_there_are(name: str) -> None:
    from wandb.sdk.launch.sweeps.utils import create_sweep_command_args  # takes 2 s of CPU

    sweep = yaml.safe_load((ROOT / f"conf/sweeps/{name}.yaml").read_text())
    assert "${args_no_hyphens}" in sweep["command"] and "logger=wandb" in sweep["command"]
    command = {"args": parameters_of(name)}
    words = create_sweep_command_args(command)["args_no_hyphens"]
    typed = [word for word in sweep["command"] if "=" in word]
    for study in studies(*typed, *words):
        if name == "esv":
            assert (study.name, study.seed) == ("tsn", 0)
        else:
            assert study.model["training"]["optimizer"]["lr"] == 0.0002
            assert study.model["training"]["epochs"] == 10


def test_an_agents_run_is_of_one_model(tmp_path: Path, monkeypatch) -> None:
    from tests.report.test_wandb_offline import started

    monkeypatch.setenv("WANDB_SWEEP_ID", "s1")
    with (
        pytest.raises(
            ValueError, match=r"of one model, and here are trn, tsn.*values: \[tsn, trn\]"
        ),
        started(tmp_path / "run"),
    ):
        pass


@pytest.mark.whole
def test_wandbs_own_agent_runs_a_shipped_sweep(explained, tmp_path: Path) -> None:
    sweep = yaml.safe_load((ROOT / "conf/sweeps/esv.yaml").read_text())
    quick = [word for word in TINY if "tsn" not in word and "n_frames" not in word]
    at = sweep["command"].index("${program}")
    online = tmp_path / "online.py"  # tests/forked.py is offline, as tests are
    online.write_text(ONLINE)
    sweep["command"][at : at + 1] = [str(online), str(ROOT / "run.py"), *quick]
    points = [
        {"model": "trn", "n_frames": 4, "seed": 0},
        {"model": "trn", "n_frames": 3, "seed": 0},
    ]
    with serving() as server:
        server.sweep = yaml.safe_dump(sweep)
        for number, point in enumerate(points):
            values = {name: {"value": value} for name, value in point.items()}
            server.commands.append(
                {"type": "run", "run_id": f"point-{number}", "program": "run.py", "args": values}
            )
        server.commands.append({"type": "exit"})
        environment = {
            **{
                **os.environ,
                "WANDB_BASE_URL": server.url,
                "WANDB_API_KEY": KEY,
                "OMP_NUM_THREADS": "1",
            },
            **{
                "HOME": str(tmp_path),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            },
            **{"WANDB_MODE": "online", "PYTHONPATH": str(ROOT)},
        }
        folder = tmp_path / "study"
        shutil.copytree(explained.folder, folder)
        done = subprocess.run(
            [WANDB, "agent", "me/playfair/s1"],
            **{"cwd": folder, "env": environment, "timeout": 240},
            **{"capture_output": True, "text": True},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(server.runs) == {"point-0", "point-1"}, done.stdout + done.stderr
    for number, point in enumerate(points):
        run = server.runs[f"point-{number}"]
        assert run["sweep"] == "s1"
        assert run["displayName"].startswith(
            f"esv · {point['model']} · {point['n_frames']} frames · seed 0"
        )
        config = json.loads(run["config"])
        assert {name: config[name]["value"] for name in point} == point
        (line,) = server.streamed[f"point-{number}"]
        assert 0 <= line["top1"] <= 1 and line["n_frames"] == point["n_frames"]
