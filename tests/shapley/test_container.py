"""Memory limits of containers, as the kernel writes them."""

from pathlib import Path

import pytest
import torch

from playfair.shapley import memory
from playfair.shapley.container import bytes_left
from playfair.shapley.errors import NotEnoughMemory

GB = 2**30


def write(root: Path, files: dict[str, object]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root


def version_2(group: str, limit: object, use: int, inactive: int = 0) -> dict[str, object]:
    return {
        f"sys/fs/cgroup/{group}memory.max": limit,
        f"sys/fs/cgroup/{group}memory.current": use,
        f"sys/fs/cgroup/{group}memory.stat": f"anon 5\ninactive_file {inactive}",
    }


def version_1(group: str, limit: int, use: int, inactive: int = 0) -> dict[str, object]:
    return {
        f"sys/fs/cgroup/memory/{group}memory.limit_in_bytes": limit,
        f"sys/fs/cgroup/memory/{group}memory.usage_in_bytes": use,
        f"sys/fs/cgroup/memory/{group}memory.stat": f"cache 5\ntotal_inactive_file {inactive}",
    }


IN_2 = {"proc/self/cgroup": "0::/"}
IN_1 = {"proc/self/cgroup": "11:memory:/docker/abc\n10:cpu,cpuacct:/docker/abc"}


@pytest.mark.parametrize(
    ("files", "left"),
    [
        (IN_2 | version_2("", 4 * GB, 3 * GB), GB),
        (IN_2 | version_2("", 4 * GB, 3 * GB, inactive=2 * GB), 3 * GB),
        (IN_2 | version_2("", 4 * GB, 5 * GB), 0),
        (IN_2 | version_2("", "max", 3 * GB), None),
        (
            {"proc/self/cgroup": "0::/a/b"}
            | version_2("a/b/", "max", 0)
            | version_2("a/", 2 * GB, GB),
            GB,
        ),
        (
            {"proc/self/cgroup": "0::/a/b"}
            | version_2("a/b/", 3 * GB, 0)
            | version_2("a/", 9 * GB, GB),
            3 * GB,
        ),
        (IN_1 | version_1("docker/abc/", 4 * GB, 3 * GB, GB), 2 * GB),
        (IN_1 | version_1("", 4 * GB, 3 * GB), GB),  # as it is mounted within the container
        (IN_1 | version_1("", 2**63 - 4096, 3 * GB), None),
        ({"proc/self/cgroup": "0::/../../x"} | version_2("", 4 * GB, GB), 3 * GB),
        ({"proc/self/cgroup": "nothing that is known"}, None),
        ({}, None),
    ],
)
def test_the_nearest_limit_less_what_is_used_is_left(tmp_path: Path, files, left) -> None:
    assert bytes_left(write(tmp_path, files)) == left


def test_what_is_done_at_once_fits_what_the_container_leaves(monkeypatch) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr(memory, "bytes_left", lambda: 3 * 2**20)
    assert memory.free_bytes(cpu, 2**30) == 3 * 2**20
    with pytest.raises(NotEnoughMemory):
        memory.videos_together(64, 16, 174, cpu)
    monkeypatch.setattr(memory, "bytes_left", lambda: None)
    assert memory.free_bytes(cpu, 2**30) > 3 * 2**20
