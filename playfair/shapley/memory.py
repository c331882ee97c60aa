"""How much is done at once: videos and coalitions, from the memory that is free."""

import re
from functools import lru_cache
from math import comb
from pathlib import Path

import torch

from playfair.shapley.container import bytes_left
from playfair.shapley.errors import BudgetTooLarge, NotEnoughMemory

# What is done together stays below this, and below a quarter of what is free; 20 frames of 174
# classes (two levels of C(20, 10) rows) take 0.28 GB, so more would only help a GPU. On a CPU each
# thread takes as much.
LIMIT = {"cpu": 2**29, "cuda": 2**33}


def videos_together(n_videos: int, n_elements: int, n_classes: int, device: torch.device) -> int:
    """How many of the videos are explained at once: as many as pay, if their levels fit.

    Raises NotEnoughMemory when not even one video does.
    """
    per_video = bytes_of_video(n_elements, n_classes)
    most = most_on_cpu(n_videos, n_elements) if device.type == "cpu" else 4096
    free = free_bytes(device, 4 * most * per_video)
    if per_video > free / 2:
        raise NotEnoughMemory(n_elements, n_classes, per_video, free)
    room = min(LIMIT.get(device.type, 2**29), free / 4)
    return max(1, min(most, int(room // per_video)))


def most_on_cpu(n_videos: int, n_elements: int) -> int:
    """A quarter of the videos, so that there are parts for four threads, within bounds that pay.

    Not by the number of threads, so that it changes no bit. With more at once weights are read less
    often, and Python is between the products less often: over the bare products, on two threads,
    256 videos of 8 frames took 1.31-1.42, 1.18 and 1.05 with 16, 32 and 64 together, 32 videos of
    12 frames 4.4-4.6, 3.9 and 3.8-4.2 ms with 4, 8 and 16, and 16 frames the same with 1, 2 and 4.
    """
    if n_elements <= 10:
        return max(16, min(64, n_videos // 4))
    if n_elements <= 14:
        return max(4, min(16, n_videos // 4))
    return 1


def bytes_of_video(n_elements: int, n_classes: int) -> int:
    """Two levels of C(T, T/2) coalitions, in float32."""
    return 8 * comb(n_elements, n_elements // 2) * (n_classes + 16)


def check_budget(
    budget: int, n_elements: int, n_classes: int, device: torch.device, most_rows: int = 0
) -> None:
    """Raise BudgetTooLarge where what is drawn, scored and fitted of one video does not fit.

    Args:
        budget: evaluations.
        n_elements, n_classes: of the game.
        device: where it is worked on.
        most_rows: of the regression that is fitted to them; 0: none is.
    """
    needed = sampling_bytes(budget, n_elements, n_classes, most_rows)
    free = free_bytes(device, needed)
    if needed <= free:
        return
    most = budget
    while most > 1 and sampling_bytes(most, n_elements, n_classes, most_rows) > free / 2:
        most = 9 * most // 10
    raise BudgetTooLarge(budget, most, needed, free)


def sampling_bytes(budget: int, n_elements: int, n_classes: int, most_rows: int) -> int:
    """What so many evaluations of a video take.

    Coalitions are drawn as orders of the elements, in float64, and sorted; of their scores several
    copies in float64 are there at once. A regression has four matrices of rows by rows, in float64,
    and a table of rows by pairs of elements, in float32.
    """
    rows = min(budget, most_rows)
    fitted = rows * (32 * rows + 4 * n_elements**2)
    return budget * (64 * n_elements + 48 * n_classes) + fitted


def block_rows(device: torch.device) -> int:
    """Rows (coalition x video) worked on together: on a CPU so few that they stay in cache."""
    return 2048 if device.type == "cpu" else 2**17


def free_bytes(device: torch.device, wanted: int) -> int:
    """Memory that could be had now, bytes.

    So little may be wanted that looking would take longer: then it is what is wanted. Of a GPU's
    memory torch keeps what was freed, for its next tensors.
    """
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    if wanted <= 2**26:
        return wanted
    try:
        available = re.search(rb"MemAvailable: *(\d+)", Path("/proc/meminfo").read_bytes())
    except OSError:  # not Linux
        available = None
    free = int(available[1]) * 1024 if available else 2**32
    left = bytes_left()
    return free if left is None else min(free, left)


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Let glibc keep what blocks of scores free, instead of giving it back to the kernel after
    every block.

    By default every freed megabyte is unmapped, and faulted in again page by page for the next
    block. Freeing one allocation just under 32 MB raises that threshold (mallopt(3),
    M_MMAP_THRESHOLD); its pages are never touched. Measured: 8 frames 1.27 -> 0.99 ms per video, 16
    frames 126 -> 101 ms.
    """
    torch.empty(2**25 - 2**14, dtype=torch.uint8)
