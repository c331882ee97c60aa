"""One process per device, started and watched from one place, alone or within Hydra's multirun.

Lightning's `ddp` launcher runs the command line again for every rank: under `--multirun` rank 1
repeats the whole sweep in a folder of its own. Here the process that composed the configuration
stays a supervisor and starts all ranks as plain workers; when one fails, it ends the others and
raises what that one said. It computes nothing itself: torch and Lightning are imported where a rank
needs them, and the ranks start 4 s sooner.
"""

import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from playfair.steps.durable import write_json

# what tells a process its place in a run: of the run we may be part of, not of the one we start
_PLACE = (
    "LOCAL_RANK",
    "NODE_RANK",
    "GROUP_RANK",
    "RANK",
    "WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
)
_PREFIXES = ("SLURM_", "TORCHELASTIC_", "PMI_", "OMPI_")
_GRACE = 10  # seconds to finish after being asked to end


class WorkerError(ChildProcessError):
    """A rank failed for a reason that is not the user's."""


def is_rank_zero() -> bool:
    """Whether this process reports for its run: the environment says so, as Lightning reads it."""
    names = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")
    ranks = [int(os.environ[name]) for name in names if name in os.environ]
    return not ranks or ranks[0] == 0


def by_rank_zero(work: Callable[[], object], *, done: Callable[[], bool]) -> None:
    """Rank 0 does the work; the other ranks of its run return when it is done."""
    if is_rank_zero():
        work()
    while not done():
        time.sleep(0.1)


def in_distributed_run() -> bool:
    """Whether torchrun, srun or a supervisor started this process as one of several ranks."""
    return "LOCAL_RANK" in os.environ or int(os.environ.get("SLURM_NTASKS", "1")) > 1


def n_ranks(devices: int | str | Sequence[int], accelerator: str, n_nodes: int = 1) -> int:
    """How many processes trainer.devices asks for on this node.

    Args:
        devices: a number, a list of devices, or "auto" or −1: every GPU, or one CPU process.
        accelerator: "auto", "gpu", "cuda" or "cpu".
        n_nodes: trainer.num_nodes.

    Raises:
        ValueError: it asks for what is not here.
    """
    if n_nodes > 1 and not in_distributed_run():
        raise ValueError(
            f"trainer.num_nodes={n_nodes} needs a process on every node. Type on each: torchrun "
            f"--nnodes={n_nodes} --nproc-per-node=DEVICES --rdzv-endpoint=HOST:PORT run.py …"
        )
    if accelerator in ("gpu", "cuda") and not _n_gpus():
        raise ValueError(
            f"trainer.accelerator={accelerator}, but torch finds no GPU here. Type "
            "trainer.accelerator=cpu."
        )
    if isinstance(devices, str) and devices.isdigit():
        devices = int(devices)
    if devices in ("auto", -1, "-1"):
        return max(1, _n_gpus()) if accelerator in ("auto", "gpu", "cuda") else 1
    if isinstance(devices, int) and devices > 0:
        return devices
    if isinstance(devices, Sequence) and not isinstance(devices, str) and len(devices) > 0:
        return len(devices)
    raise ValueError(
        f"Expected trainer.devices to be a number, a list of devices or auto, got {devices!r}."
    )


def take_part(run: Callable[[], int]) -> NoReturn:
    """Runs the command line as one of the ranks that torchrun or srun started.

    It ends the process with the run's code. Rank 0 alone keeps a run folder and reports; the
    others' folder is gone when they end.
    """
    with tempfile.TemporaryDirectory(prefix="playfair-rank-") as folder:
        if in_distributed_run() and not is_rank_zero():
            sys.argv += [f"hydra.run.dir={folder}", "hydra.job_logging.root.level=WARNING"]
        code = run()
        if code == 0:
            _leave_together()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # as in `work`


def supervise(command: Sequence[str], n_ranks: int, folder: Path) -> None:
    """Runs `command` as ranks 0 … n_ranks − 1 of one node and returns when all have succeeded.

    Args:
        folder: where a failing rank leaves its reason (see `work`).

    Raises:
        ValueError: a rank was given something wrong; its message.
        WorkerError: a rank failed otherwise, or was killed.
    """
    clean = {k: v for k, v in os.environ.items() if k not in _PLACE and not k.startswith(_PREFIXES)}
    clean |= {"NODE_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
    for file in folder.glob("rank-*-failed.json"):
        file.unlink()
    ranks = []
    for rank in range(n_ranks):
        place = {**clean, "LOCAL_RANK": str(rank)}
        ranks.append(subprocess.Popen(command, env=place, preexec_fn=_die_with_parent))
    try:
        while any(rank.poll() is None for rank in ranks) and not any(rank.poll() for rank in ranks):
            time.sleep(0.1)
    finally:
        # a rank failed, or Ctrl-C (which the ranks got too): nobody may be left behind
        _end(ranks)
    if any(rank.returncode == 130 for rank in ranks):
        raise KeyboardInterrupt
    failed = [
        (number, rank.returncode) for number, rank in enumerate(ranks) if rank.returncode != 0
    ]
    if failed:
        _raise(failed, folder)


def work(share: Callable[[], None], folder: Path) -> NoReturn:
    """Does a rank's share and ends its process.

    A failure leaves its reason in `folder` for the supervisor.
    """
    rank = int(os.environ["LOCAL_RANK"])
    level = logging.INFO if rank == 0 else logging.WARNING
    logging.basicConfig(
        level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout
    )
    try:
        share()
        _leave_together()
        code = 0
    except (KeyboardInterrupt, SystemExit):
        code = 130
    except BaseException as error:
        code = 1
        reason = {
            "wrong_input": isinstance(error, ValueError | OSError),
            "message": str(error),
            "time": time.time(),
        }
        try:
            write_json(folder / f"rank-{rank}-failed.json", reason)
            traceback.print_exc(file=(folder / f"rank-{rank}-error.txt").open("w"))
        except OSError:  # the disk may be what is full
            print(f"rank {rank}: {error}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # at once: gloo's threads abort 1 interpreter in 30 while it shuts down, after success
    os._exit(code)


def _leave_together() -> None:
    distributed = sys.modules.get("torch.distributed")
    if distributed and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def _n_gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _raise(failed: list[tuple[int, int]], folder: Path) -> None:
    files = folder.glob("rank-*-failed.json")
    reasons = {file: json.loads(file.read_text(encoding="utf-8")) for file in files}
    file = min(reasons, key=lambda file: reasons[file]["time"], default=None)
    first = reasons[file] if file else None
    if first and first["wrong_input"]:
        raise ValueError(first["message"])
    codes = ", ".join(
        f"rank {rank} was killed by {signal.Signals(-code).name}"
        if code < 0
        else f"rank {rank} ended with code {code}"
        for rank, code in failed
    )
    where = file and file.with_name(file.name.replace("failed.json", "error.txt"))
    reason = f": {first['message']} ({where})" if first else "."
    raise WorkerError(
        f"{codes}{reason}\nWhat was finished is kept: type the same command again to continue."
    )


def _end(ranks: list["subprocess.Popen[bytes]"]) -> None:
    running = [rank for rank in ranks if rank.poll() is None]
    for rank in running:
        rank.terminate()
    deadline = time.monotonic() + _GRACE
    for rank in running:
        try:
            rank.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            rank.kill()
            rank.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG: a killed supervisor takes its ranks along
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
