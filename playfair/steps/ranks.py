"""What a rank does, whoever started it: our supervisor (steps/supervisor.py), torchrun or srun.

It shares work with the other ranks of its run, ends its process at once when its share is done, and
leaves the reason of a failure where the supervisor finds it.
"""

import logging
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from playfair import signals
from playfair.steps import heartbeat, standstill
from playfair.steps.durable import write_json
from playfair.steps.place import MEETING, STOP, in_distributed_run, is_rank_zero, meeting


@dataclass(frozen=True)
class Reason:
    """Why a rank failed, as its supervisor is told.

    Args:
        message: of the error.
        wrong_input: whether it is the user's: something was given wrongly.
        time: when, in seconds since 1970.
    """

    message: str
    wrong_input: bool
    time: float


def by_rank_zero(work: Callable[[], object], *, done: Callable[[], bool]) -> None:
    """Rank 0 does the work; the other ranks of its run return when it is done."""
    if is_rank_zero():
        work()
    while not done():
        time.sleep(0.1)


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
        if not is_rank_zero():
            sys.argv += [f"hydra.run.dir={folder}", "hydra.job_logging.root.level=WARNING"]
        code = run()
        if code == 0:
            _leave_together()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # as in `work`


def work(share: Callable[[], None], folder: Path) -> NoReturn:
    """Does a rank's share and ends its process.

    A failure leaves its reason in `folder` for the supervisor.
    """
    signals.catch([signal.SIGTERM], heeding=_is_asked)
    heartbeat.beat()
    rank = int(os.environ["LOCAL_RANK"])
    if MEETING in os.environ:
        standstill.answer(meeting(), rank)
    level = logging.INFO if rank == 0 else logging.WARNING
    logging.basicConfig(
        level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout
    )
    try:
        share()
        _leave_together()
        code = 0
    except BaseException as error:
        signals.insist_no_more()
        # what fails while it is being stopped fails because others have stopped
        stopped = signals.stopped_by()
        code = 128 + stopped if stopped else 1
        if not stopped:
            _leave_reason(error, rank, folder)
    sys.stdout.flush()
    sys.stderr.flush()
    # at once: gloo's threads abort 1 interpreter in 30 while it shuts down, after success
    os._exit(code)


def _is_asked() -> bool:
    """Whether SIGTERM is meant for this rank.

    A job of submitit's is taken back into the queue on a signal of its own, and told by SIGTERM
    before that it will be: then only its supervisor, which submitit lives in, knows.
    """
    if "SUBMITIT_EXECUTOR" not in os.environ or MEETING not in os.environ:
        return True
    return (meeting() / STOP).exists()


def _leave_reason(error: BaseException, rank: int, folder: Path) -> None:
    reason = Reason(str(error), isinstance(error, ValueError | OSError), time.time())
    try:
        write_json(folder / f"rank-{rank}-failed.json", asdict(reason))
        with (folder / f"rank-{rank}-error.txt").open("w") as file:
            traceback.print_exc(file=file)
    except OSError:  # the disk may be what is full
        print(f"rank {rank}: {error}", file=sys.stderr)


def _leave_together() -> None:
    distributed = sys.modules.get("torch.distributed")
    if distributed and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def _n_gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0
