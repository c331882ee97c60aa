"""The memory that a container leaves us, where there is one: a control group's limit less its use.

/proc/meminfo speaks of the whole machine. Who sizes by it in a container of 4 GB on a machine of
256 is killed, and is not told why.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

# of versions 2 and 1: the limit, the use, and what of the use the kernel takes back when asked
FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def bytes_left(root: Path = Path("/")) -> int | None:
    """What may still be taken within the nearest limit; None where there is none.

    Args:
        root: of the file system, where /proc and /sys lie.
    """
    left = [rest for folder in _groups(root) if (rest := _left_in(folder)) is not None]
    return min(left, default=None)


def _groups(root: Path) -> Iterator[Path]:
    """The folders of this process's group and of those around it.

    Within a container the group's own path may be that of the machine outside; what is mounted is
    then the group itself.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup"
        if controllers:
            mount = mount / "memory"
        group = PurePosixPath("/", path).relative_to("/")
        for folder in (group, *group.parents):
            if ".." not in folder.parts:
                yield mount / folder


def _left_in(group: Path) -> int | None:
    for limit_file, use_file, taken_back in FILES:
        try:
            limit = int((group / limit_file).read_text())  # "max" is no number
            use = int((group / use_file).read_text())
            stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if limit < 2**60:  # version 1 writes "no limit" as the largest number of pages
            return max(0, limit - use + int(stat.get(taken_back, 0)))
    return None
