"""Which sockets a process listens at."""

import os
from pathlib import Path


def of_process(pid: int) -> tuple[set[str], set[str]]:
    """The inodes of a process's own sockets, and of those at which its network is listened at."""
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    own = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    listening = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        rows = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        listening |= {row.split()[9] for row in rows}
    return own, listening
