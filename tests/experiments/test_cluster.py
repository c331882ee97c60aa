"""Existing engines that start processes: torchrun, joblib and a real Slurm on this machine's loopback."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import xarray as xr

from tests.conftest import ROOT, Warm, copy_steps, folder_of, run_warm
from tests.experiments.test_distributed import RANKS, options, same_bits, with_checkpoints
from tests.experiments.test_stopping import ESVS, PLUGIN
from tests.steps.test_place import BATCH

SLURM_CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={port}
SlurmdPort={daemon_port}
AuthType=auth/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=urgent Nodes={host} PriorityTier=9 PreemptMode=OFF MaxTime=INFINITE State=UP
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_ranks_of_torchrun_on_two_nodes_write_one_run_folder_and_the_same_bits(
    explained, tmp_path: Path
) -> None:
    """Two torchrun agents, as on two machines that share a disk; here they meet on the loopback."""
    folder, port = with_checkpoints(explained, tmp_path), free_port()
    torchrun = ["torchrun", "--nnodes=2", "--nproc-per-node=1"]
    meeting = ["--master-addr=127.0.0.1", f"--master-port={port}"]
    typed = [
        *options(explained),
        *RANKS,
        "trainer.devices=1",
        "trainer.num_nodes=2",
        "experiment=esv",
    ]
    agent = "from torch.distributed.run import main; main()"
    forks = ["--no-python", sys.executable, str(ROOT / "tests" / "forked.py")]
    words = [*meeting, *forks, str(ROOT / "run.py"), *typed]
    nodes = [
        Warm([*torchrun, f"--node-rank={node}", *words], folder, code=agent) for node in range(2)
    ]
    done = [node.wait(240) for node in nodes]
    said = [node.stdout + node.stderr for node in done]
    assert [node.returncode for node in done] == [0, 0], said
    assert "GLOBAL_RANK: 1, MEMBER: 2/2" in said[1]
    assert [text.count("Saved to") for text in said] == [1, 0]
    assert [len(re.findall("trn: ESVs of", text)) for text in said] == [1, 0]
    assert len(list((folder / "outputs/synthetic/runs").glob("*_20*/"))) == 1
    same_bits(explained.folder, folder)


def test_nodes_without_torchrun_are_answered_with_what_to_type(tmp_path: Path) -> None:
    refused = run_warm(
        "experiment=esv", *RANKS, "trainer.devices=2", "trainer.num_nodes=2", cwd=tmp_path
    )
    assert refused.returncode == 2 and "torchrun --nnodes=2" in refused.stderr


def test_a_sweep_within_torchrun_is_answered_with_what_to_type(tmp_path: Path) -> None:
    # as torchrun starts one
    rank = {"TORCHELASTIC_RUN_ID": "x", "LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "1"}
    refused = run_warm("-m", "experiment=esv", "n_frames=2,3", cwd=tmp_path, **rank)
    assert refused.returncode == 2
    assert "without torchrun" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize("launcher", ["slurm", "joblib"])
def test_a_launcher_without_a_sweep_is_answered_with_what_to_type(
    tmp_path: Path, launcher: str
) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="the extra cluster")
    refused = run_warm("experiment=esv", f"hydra/launcher={launcher}", cwd=tmp_path)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert f"python run.py -m hydra/launcher={launcher} …" in refused.stderr
    assert not list(tmp_path.rglob("*.zarr")), "nothing was run"


def test_without_slurm_here_nothing_is_submitted_and_it_is_said(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="the extra cluster")
    typed = ["-m", "hydra/launcher=slurm", "experiment=esv", "n_frames=2,3"]
    refused = run_warm(*typed, cwd=tmp_path, PATH=str(tmp_path))
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert "its command sbatch is not found" in refused.stderr
    assert not list(tmp_path.rglob("n_frames=2"))


def sweep(explained, folder: Path, *launcher: str, env: dict[str, str] | None = None) -> None:
    """Two points through a launcher; both are finished."""
    shared = [option for option in options(explained) if not option.startswith("n_frames")]
    command = [
        sys.executable,
        str(ROOT / "run.py"),
        "-m",
        *launcher,
        *shared,
        "experiment=esv",
        "n_frames=2,3",
    ]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    points = list((folder / "outputs/synthetic/runs/esv_sweep").glob("*n_frames=*"))
    assert sorted(re.search(r"n_frames=\d+", path.name)[0] for path in points) == [
        "n_frames=2",
        "n_frames=3",
    ]
    assert all((path / "metrics.json").exists() for path in points)
    for frames in (2, 3):
        store = xr.open_zarr(folder_of(folder, "esvs", f"trn-{frames}-frames"))
        assert store["written"].values.all()
    for kind, label in (("video", "trn"), ("features", "trn-validation"), ("heads", "trn")):
        folder_of(folder, kind, label)  # one, for both points


@pytest.mark.slow  # that runs side by side make a step once is in test_distributed.py, sweeps in test_sweeps.py
def test_joblib_runs_points_side_by_side_and_trains_once_for_all(explained, tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="pip install -e '.[cluster]'")
    sweep(explained, tmp_path, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Slurm of one node, this machine; the environment in which it is found."""
    if not all(map(shutil.which, ("slurmctld", "slurmd", "munged", "sbatch"))) or os.getuid() != 0:
        pytest.skip("a real Slurm needs root and: apt-get install slurm-wlm munge")
    host, folder = socket.gethostname().split(".")[0], tmp_path_factory.mktemp("slurm")
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    text = SLURM_CONF.format(host=host, folder=folder, port=free_port(), daemon_port=free_port())
    (folder / "slurm.conf").write_text(text)
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    env = {"SLURM_CONF": str(folder / "slurm.conf")}
    Path("/run/munge").mkdir(exist_ok=True)
    shutil.chown("/run/munge", "munge", "munge")
    started = [
        subprocess.Popen(
            ["runuser", "-u", "munge", "--", "munged", "--foreground"], stderr=subprocess.DEVNULL
        )
    ]
    time.sleep(0.5)  # where one runs already, ours ends at once and that one serves
    for daemon in (["slurmctld", "-D", "-c"], ["slurmd", "-D", "-c", "-N", host]):
        started.append(
            subprocess.Popen(daemon, env={**os.environ, **env}, stderr=subprocess.DEVNULL)
        )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        info = subprocess.run(
            ["sinfo", "-h", "-o", "%T"], env={**os.environ, **env}, capture_output=True, text=True
        )
        if info.stdout.strip() == "idle":
            break
        time.sleep(0.2)
    yield env
    for process in reversed(started):
        process.terminate()
        process.wait(20)


@pytest.fixture
def slurm(cluster: dict[str, str]) -> Iterator[dict[str, str]]:
    """The cluster, in whose queue is nothing before and after a test."""
    yield cluster
    outer = {**os.environ, **cluster}
    subprocess.run(["scancel", "--user=root"], env=outer, check=True)
    deadline = time.monotonic() + 200
    while (
        subprocess.run(["squeue", "-h"], env=outer, capture_output=True).stdout
        and time.monotonic() < deadline
    ):
        time.sleep(0.2)  # a daemon that ends before its steps leaves them behind


SEEN_IN = """
import os
from pathlib import Path

rank = os.environ["LOCAL_RANK"]
Path(__file__).with_name(f"{os.getpid()}.seen_in_rank_{rank}").touch()
"""


@pytest.mark.whole
def test_slurm_runs_each_point_as_a_job_with_the_supervisor_inside(
    explained, tmp_path: Path, slurm
) -> None:
    pytest.importorskip(
        "hydra_plugins.hydra_submitit_launcher", reason="pip install -e '.[cluster]'"
    )
    folder = copy_steps(explained.folder, tmp_path, "video", "heads", "features")
    plugin = tmp_path / "seen_in.py"
    plugin.write_text(SEEN_IN)
    job = [
        f"plugins=[{plugin}]",
        "hydra.launcher.cpus_per_task=1",
        "hydra.launcher.mem_gb=2",
        "hydra.launcher.timeout_min=5",
    ]
    sweep(explained, folder, "hydra/launcher=slurm", *job, *RANKS, "trainer.devices=2", env=slurm)
    ranks = sorted(file.suffix for file in tmp_path.glob("*.seen_in_*"))
    assert ranks == [".seen_in_rank_0"] * 2 + [".seen_in_rank_1"] * 2, "one of each for each point"


def restarted(job: str, env: dict[str, str]) -> str:
    """What Slurm says of a job that waits to be started again; or, in vain, after a minute."""
    shown = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        asked = ["scontrol", "show", "job", job]
        shown = subprocess.run(asked, env=env, capture_output=True, text=True).stdout
        if "JobState=PENDING" in shown and "Restarts=1" in shown:
            break
        time.sleep(0.1)
    return shown


STATE = "outputs/synthetic/video/*/training/*/last.ckpt"


def training_sweep(
    explained, folder: Path, slurm: dict[str, str], *typed: str
) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """A sweep through Slurm that has kept a state of its training; and the environment it runs in."""
    needs = ["hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=2"]
    shared = [option for option in options(explained) if "training.epochs" not in option]
    sweep = ["-m", "hydra/launcher=slurm", *needs, *shared, "experiment=esv", *typed]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **slurm}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *sweep],
        cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 200
    while not list(folder.glob(STATE)) and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    return process, env


@pytest.mark.slow  # the next one, in a minute less, sends the signal itself
@pytest.mark.parametrize("by", ["preemption", "the time limit"])
def test_a_sweep_whose_job_is_cut_off_goes_on_where_it_was_and_ends_in_its_page(
    explained, tmp_path: Path, slurm, by: str
) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="the extra cluster")
    folder = copy_steps(explained.folder, tmp_path, "frames")
    # Slurm tells of the limit 50 s before, or some more
    limit = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=50"]
    needs = limit if by == "the time limit" else []
    epochs = "model.trn.training.epochs=150"
    process, env = training_sweep(explained, folder, slurm, *needs, epochs, "seed=3")
    deadline = time.monotonic() + 300
    queue = subprocess.run(["squeue", "-h", "-o", "%i"], env=env, capture_output=True, text=True)
    (job,) = queue.stdout.split()
    if by == "preemption":
        urgent = ["sbatch", "--partition=urgent", "--exclusive", "--mem=1000", "--output=/dev/null"]
        subprocess.run([*urgent, "--wrap=sleep 1"], env=env, check=True, cwd=folder)
    assert "Restarts=1" in restarted(job, env)
    status = run_warm("experiment=status", cwd=folder, **slurm)
    assert "In Slurm's queue: 1 job of it, which will go on by itself." in status.stdout
    while process.poll() is None and time.monotonic() < deadline:
        # Slurm lets a job wait for two minutes before it begins again
        begin = ["scontrol", "update", f"JobId={job}", "StartTime=now"]
        subprocess.run(begin, env=env, capture_output=True)
        time.sleep(1)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stdout + stderr
    (said,) = folder.glob("outputs/synthetic/runs/esv_sweep/.submitit/*/*log.out")
    assert "continuing from" in said.read_text() and "last.ckpt" in said.read_text()
    assert "The run has finished." in stdout
    assert (folder / "outputs/synthetic/runs/esv_sweep/sweep.html").is_file()


@pytest.mark.slow
def test_a_job_of_submitits_goes_back_into_the_queue_on_its_signal(
    explained, tmp_path: Path, slurm
) -> None:
    """SIGTERM that Slurm sends to all of the job before says that the other will come."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="the extra cluster")
    folder = copy_steps(explained.folder, tmp_path, "frames")
    more = ["model.trn.training.epochs=2000", *RANKS, "trainer.devices=2", "seed=0,1"]
    process, env = training_sweep(explained, folder, slurm, *more)
    queue = subprocess.run(["squeue", "-h", "-o", "%F"], env=env, capture_output=True, text=True)
    job = f"{queue.stdout.split()[0]}_0"
    for number in ("TERM", "USR2"):
        subprocess.run(["scancel", f"--signal={number}", job], env=env, check=True)
        time.sleep(2)
    assert "Restarts=1" in restarted(job, env)
    assert list(folder.glob(STATE)), "its training goes on from there"
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Its jobs go on: squeue lists them" in stderr and "Traceback" not in stderr


@pytest.mark.whole
def test_a_batch_script_of_several_tasks_runs_python_once_and_is_requeued_by_its_signal(
    explained, tmp_path: Path, slurm
) -> None:
    """`sbatch --ntasks-per-node=2` without srun: who waits for the second task waits for ever."""
    folder = copy_steps(explained.folder, tmp_path, "frames", "video", "features", "heads")
    typed = [*options(explained), "trainer.accelerator=cpu", "experiment=esv"]
    program = shlex.join([sys.executable, str(ROOT / "run.py"), *typed])
    env = {**os.environ, "OMP_NUM_THREADS": "1", **slurm}
    # the first time it is asked to end, as --signal=B:USR1@90 does; the plug-in asks it in time
    stops = f"STOP_AT={ESVS} STOP_BY={int(signal.SIGUSR1)}"
    script = (
        "#!/bin/bash\n"
        f"if [ $SLURM_RESTART_COUNT ]; then exec {program}; fi\n"
        f"exec env {stops} {program} {shlex.quote(PLUGIN)}\n"
    )
    (folder / "job.sh").write_text(script)
    sbatch = ["sbatch", "--ntasks-per-node=2", "--mem=4000", "--output=said", "--open-mode=append"]
    submitted = subprocess.run(
        [*sbatch, "job.sh"], cwd=folder, env=env, capture_output=True, text=True
    )
    assert submitted.returncode == 0, submitted.stderr
    job = submitted.stdout.split()[-1]
    shown = restarted(job, env)
    said = (folder / "said").read_text()
    assert "Restarts=1" in shown, shown + said
    assert "Stopped by SIGUSR1" in said and f"asked to take job {job} back" in said
    assert "Traceback" not in said
    subprocess.run(["scancel", job], env=env, check=True)
    alone = {**BATCH, **env}
    done = run_warm(*typed, cwd=folder, **{name: alone[name] for name in BATCH})
    assert done.returncode == 0, done.stderr
    same_bits(explained.folder, folder)


WHO = """
import sys
sys.path.insert(0, {root!r})
from playfair.steps.place import place
print(place().starter, place().n_ranks, flush=True)
"""
SUBMIT = """#!/bin/bash
{python} who.py
[ $SLURM_PROCID = 0 ] && sbatch --mem=100 --output=inner --wrap '{python} who.py' > job
while [ ! -s inner ]; do sleep 0.1; done
"""


@pytest.mark.whole
def test_a_job_that_is_submitted_within_a_step_is_none_of_its_tasks(tmp_path: Path, slurm) -> None:
    """It has the step's variables: who believes them waits for the other tasks."""
    (tmp_path / "who.py").write_text(WHO.format(root=str(ROOT)))
    (tmp_path / "submit.sh").write_text(SUBMIT.format(python=sys.executable))
    # memory for the other job too, of which one step holds none of the cores
    srun = ["srun", "--ntasks=2", "--overcommit", "--cpus-per-task=1", "--mem=100"]
    done = subprocess.run(
        [*srun, "timeout", "60", "bash", "submit.sh"],
        cwd=tmp_path, env={**os.environ, **slurm}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["srun", "2"] * 2, done.stdout + done.stderr
    assert (tmp_path / "inner").read_text().split() == ["None", "1"]


@pytest.mark.whole
def test_tasks_that_srun_starts_are_the_ranks(explained, tmp_path: Path, slurm) -> None:
    folder = with_checkpoints(explained, tmp_path)
    srun = [
        "srun",
        "--ntasks-per-node=2",
        "--cpus-per-task=1",
        "--mem=4000",
        sys.executable,
        str(ROOT / "run.py"),
    ]
    typed = [*srun, *options(explained), *RANKS, "trainer.devices=2", "experiment=esv"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **slurm}
    done = subprocess.run(typed, cwd=folder, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rank 0 of 2 has met the others" in done.stdout + done.stderr
    assert len(list((folder / "outputs/synthetic/runs").glob("*_20*/"))) == 1
    assert done.stdout.count("Saved to") == 1
    same_bits(explained.folder, folder)
