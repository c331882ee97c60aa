"""Where a result comes from, for the foot of its page: when, of what, by which code, on what."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import playfair

REPOSITORY = Path(playfair.__file__).parents[1]


def facts(of_run: Mapping[str, str], begun: float) -> dict[str, str]:
    """Name → value, in the order in which they are read.

    Args:
        of_run: what only the run knows: its dataset, models, seeds.
        begun: when it began, seconds since the epoch.
    """
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **of_run,
        "Code": code(),
        "Machine": machine(),
        "Time": f"{duration(time.time() - begun)} until this page",
    }


def code() -> str:
    """The version, the commit where it is known, and what else computes."""
    said = [f"Play Fair {playfair.__version__}"]
    if commit := commit_of(REPOSITORY):
        said.append(commit)
    said.append(f"Python {platform.python_version()}")
    with suppress(PackageNotFoundError):
        said.append(f"torch {version('torch')}")
    return ", ".join(said)


def commit_of(folder: Path) -> str:
    """The commit of a checkout and whether files were changed since; "" outside of one."""
    if not (folder / ".git").exists():
        return ""
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    if not commit:
        return ""
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"commit {commit}{', with changes' if changed else ''}"


def _git(folder: Path, *words: str) -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def machine() -> str:
    """Processor, cores, memory, and the card where torch uses one."""
    said = [processor(), f"{cores()} {'core' if cores() == 1 else 'cores'}"]
    if memory := _memory():
        said.append(f"{memory / 2**30:.0f} GB")
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        said.append(torch.cuda.get_device_name())
    return ", ".join([*said, platform.system()])


def processor() -> str:
    """What the processor is called."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def duration(seconds: float) -> str:
    """A time as it is read.

    Example:
        >>> duration(7.4), duration(189), duration(9000)
        ('7 s', '3 min 9 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
