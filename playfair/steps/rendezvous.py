"""Where ranks meet: of one node, where nobody else can come in.

torch's key-value store listens on all interfaces, and whoever reaches it may change what ranks tell
each other. Ranks of one node need none that listens: a supervisor's meet in a file of its own folder,
srun's on the loopback. Ranks of several nodes meet where torchrun or srun lets them: in a network that
has to be trusted.
"""

import logging
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from playfair.datasets.doctor.finding import counted
from playfair.steps.place import Place, meeting, place

if TYPE_CHECKING:
    from pytorch_lightning import Trainer
    from torch.distributed import Store

log = logging.getLogger("playfair")

LOOPBACK = "127.0.0.1"
# Of a supervisor's ranks: it watches them by their heartbeats, and a rank may wait for another's
# computation for as long as that takes.
_NO_LIMIT = timedelta(days=7)


def with_place(make_trainer: Callable[..., "Trainer"]) -> Callable[..., "Trainer"]:
    """`make_trainer`, of Trainers that know their place from `place`, and whose ranks have met."""

    def make(**options: Any) -> "Trainer":
        from playfair.steps.environments import environment_of

        configured = getattr(make_trainer, "keywords", {}).get("plugins") or []
        plugins = [*configured, *options.pop("plugins", []), environment_of(place())]
        trainer = make_trainer(plugins=plugins, **options)
        meet(trainer, place())
        return trainer

    return make


def keep_to_loopback(variables: dict[str, str]) -> None:
    """Has the connections between ranks of this node use the loopback, unless it is said otherwise."""
    names = [name for _, name in socket.if_nameindex()]
    loopback = next((name for name in ("lo", "lo0") if name in names), None)
    if loopback:
        variables.setdefault("GLOO_SOCKET_IFNAME", loopback)
        variables.setdefault("NCCL_SOCKET_IFNAME", loopback)


def meet(trainer: "Trainer", here: Place) -> None:
    """Makes the group of the ranks of one node, which Lightning then uses."""
    from pytorch_lightning.strategies import ParallelStrategy
    from pytorch_lightning.utilities.rank_zero import rank_zero_only
    from torch import distributed
    from torch.distributed.constants import default_pg_timeout

    # Lightning has read variables that may be another run's
    rank_zero_only.rank = here.rank  # type: ignore[attr-defined]
    _require_as_many(trainer.world_size, here)
    strategy = trainer.strategy
    if not isinstance(strategy, ParallelStrategy) or distributed.is_initialized():
        return
    if not here.one_node or here.starter == "torchrun":
        return
    keep_to_loopback(os.environ)  # type: ignore[arg-type]
    by_device = distributed.Backend.default_device_backend_map
    backend = getattr(strategy, "process_group_backend", None)
    timeout = _NO_LIMIT if here.starter == "supervisor" else default_pg_timeout
    store = _store(here)
    store.set_timeout(timeout)
    distributed.init_process_group(
        backend or by_device.get(strategy.root_device.type, "gloo"),
        store=store,
        rank=here.rank,
        world_size=here.n_ranks,
        timeout=timeout,
    )
    log.info("rank %d of %d has met the others", here.rank, here.n_ranks)


def _store(here: Place) -> "Store":
    from torch.distributed import FileStore, HashStore, TCPStore

    if here.starter is None:
        return HashStore()
    if here.starter == "supervisor":
        return FileStore(str(meeting() / "store"), here.n_ranks)
    # as Lightning chooses it, with the step: all tasks know it, and no two steps share it
    port = 15000 + (int(os.environ["SLURM_JOB_ID"]) + int(os.environ["SLURM_STEP_ID"])) % 10000
    if here.rank:
        return TCPStore(LOOPBACK, port, here.n_ranks, is_master=False)
    listening = socket.create_server((LOOPBACK, port))
    return TCPStore(
        LOOPBACK,
        port,
        here.n_ranks,
        is_master=True,
        wait_for_workers=False,
        master_listen_fd=listening.detach(),
    )


def _require_as_many(asked: int, here: Place) -> None:
    if asked == here.n_ranks:
        return
    raise ValueError(
        f"trainer.devices × trainer.num_nodes is {asked}, but {here.starter or 'this command'} "
        f"runs {counted(here.n_ranks, 'task')}. Type trainer.devices=DEVICES_OF_A_NODE "
        "trainer.num_nodes=NODES, so that their product is the number of tasks."
    )
