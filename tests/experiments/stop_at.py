"""A plug-in that has its run asked to end at a place in it: STOP_AT=module:Class.method or
module:function, STOP_BY=15.

It is loaded by whoever computes. Of several ranks, rank 0 asks the supervisor, which was typed.
"""

import multiprocessing
import os
from importlib import import_module
from pathlib import Path

from playfair.steps.place import is_rank_zero, place


def listening() -> list[str]:
    """The addresses at which this process listens, as the kernel writes them."""
    own = {os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()}
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                addresses.append(fields[1].partition(":")[0])
    return addresses


def typed() -> int:
    """The process that was typed: above a worker, above a rank."""
    process = os.getpid()
    if multiprocessing.parent_process():
        process = parent_of(process)
    return parent_of(process) if place().starter == "supervisor" else process


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


module, _, name = os.environ["STOP_AT"].partition(":")
*kinds, function = name.split(".")
owner = import_module(module)
for kind in kinds:
    owner = getattr(owner, kind)
original = getattr(owner, function)


def stopping(*args: object, **options: object) -> object:
    done = original(*args, **options)
    # the clips of a dataset are drawn by the rank that comes first, and by its workers
    if is_rank_zero() or multiprocessing.parent_process():
        try:
            with Path("listening").open("x") as file:
                file.write(" ".join(listening()))
        except FileExistsError:
            return done  # once: a second signal does not wait
        os.kill(typed(), int(os.environ["STOP_BY"]))
    return done


setattr(owner, function, stopping)
