"""What is wrong with each clip: opened or decoded in processes, remembered in a file, so that nothing is done twice.

Each clip examined adds a line to the file, a JSON list; a clip whose size or time of change is another since is
examined again. A run that is cut short loses nothing but the clips in work.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

from playfair.datasets.processes import in_processes, pool_of
from playfair.steps.lock import held
from playfair.video.reader import VideoError, opened

DIED = "decoding it ends the process: the file is damaged in a way that FFmpeg does not survive; fetch the clip again"
RETRIED_ALONE = 64  # clips after one that ended a process: more than were in work beside it


@dataclass(frozen=True)
class Examined:
    """A clip's findings. `fault`: why it cannot be used; `remark`: what is odd about it; both "" if nothing."""

    uid: str
    n_bytes: int
    changed: int  # time, ns
    n_frames: int
    width: int
    height: int
    fault: str
    remark: str


def examine(path: Path, *, decode: bool) -> Examined:
    """Opens a clip and counts its packets or, with `decode`, decodes all its frames.

    >>> examine(Path("20bn-something-something-v2/1.webm"), decode=True).n_frames  # doctest: +SKIP
    42
    """
    packets, frames, sizes, fault = 0, 0, {}, ""  # type: ignore[var-annotated]
    try:
        with opened(path) as (container, stream):
            sizes[stream.width, stream.height] = None  # a set that keeps the order
            for packet in container.demux(stream):
                packets += bool(packet.size) and not packet.is_discard
                for picture in packet.decode() if decode else ():
                    frames += 1
                    sizes[picture.width, picture.height] = None  # type: ignore[union-attr]
        if not (frames if decode else packets):
            fault = "no video frame in the file; fetch the clip again"
    except VideoError as error:
        fault = str(error).removeprefix(f"{path}: ")
    remarks = []
    if len(sizes) > 1:
        remarks.append(
            "the picture's size changes: "
            + ", ".join(f"{width}×{height}" for width, height in sizes)
        )
    if decode and not fault and frames != packets:
        remarks.append(f"{packets} packets hold {frames} frames")
    status = path.stat() if path.exists() else None
    stamp = (status.st_size, status.st_mtime_ns) if status else (0, 0)
    width, height = next(iter(sizes), (0, 0))
    return Examined(
        path.stem, *stamp, frames if decode else packets, width, height, fault, "; ".join(remarks)
    )


def examine_all(
    paths: Mapping[str, tuple[Path, int, int]], record: Path, *, workers: int, progress: bool = True
) -> dict[str, Examined]:
    """Decodes every clip that `record` does not know as it is now, and returns the findings of all.

    paths: uid → path, size in bytes and time of change in ns.
    """
    with held(record.with_suffix(".lock"), what=record):
        known = {
            clip.uid: clip
            for clip in read_record(record)
            if clip.uid in paths and (clip.n_bytes, clip.changed) == paths[clip.uid][1:]
        }
        todo = [path for uid, (path, *_) in paths.items() if uid not in known]
        with record.open("a", encoding="utf-8") as file:
            file.write("\n")  # after a line that was cut short
            for clip in _surviving(
                partial(examine, decode=True), todo, workers=workers, progress=progress
            ):
                file.write(json.dumps(astuple(clip), ensure_ascii=False) + "\n")
                file.flush()
                known[clip.uid] = clip
    return known


def read_record(record: Path) -> Iterator[Examined]:
    """The findings so far, in the order they were made; a line that was cut short is none."""
    if not record.exists():
        return
    with record.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                yield Examined(*json.loads(line))
            except (TypeError, ValueError):
                continue


def _surviving(
    function: Callable[[Path], Examined], paths: Sequence[Path], *, workers: int, progress: bool
) -> Iterable[Examined]:
    """`in_processes`, but a clip that ends its process is a finding and not the end."""
    done = 0
    while done < len(paths):
        try:
            for clip in in_processes(
                function,
                paths[done:],
                workers=workers,
                what="Decoding every clip",
                progress=progress,
            ):
                done += 1
                yield clip
        except BrokenProcessPool:
            for path in paths[done : done + RETRIED_ALONE]:
                done += 1
                yield _alone(function, path)


def _alone(function: Callable[[Path], Examined], path: Path) -> Examined:
    with pool_of(1) as pool:
        try:
            return pool.submit(function, path).result()
        except BrokenProcessPool:
            status = path.stat()
            return Examined(path.stem, status.st_size, status.st_mtime_ns, 0, 0, 0, DIED, "")
