"""A plug-in that has its run asked to end at a place in it: STOP_AT=module:Class.method, STOP_BY=15.

It is loaded by whoever computes. Of several ranks, rank 0 asks the supervisor, which was typed.
"""

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


module, _, name = os.environ["STOP_AT"].partition(":")
kind, _, method = name.partition(".")
owner = getattr(import_module(module), kind)
original = getattr(owner, method)


def stopping(*args: object, **options: object) -> object:
    done = original(*args, **options)
    if is_rank_zero():
        Path("listening").write_text(" ".join(listening()))
        typed = os.getppid() if place().starter == "supervisor" else os.getpid()
        os.kill(typed, int(os.environ["STOP_BY"]))
    return done


setattr(owner, method, stopping)
