"""All clips of a dataset, decoded by processes, and a record of what that showed.

What decoding shows is kept in a file, a JSON list a line, so that nothing is done twice: a clip
whose size or time of change is another since is examined again, and so is one whose line is not as
it was written, by the checksum at its end. A run that is cut short loses nothing but the clips in
work.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import astuple
from pathlib import Path

from playfair.datasets.doctor.examination import Examined, examine, file_version
from playfair.datasets.processes import in_processes, pool_of
from playfair.video.segment import Segment

DIED = (
    "decoding it ends the process: the file is damaged in a way that FFmpeg does not survive; "
    "fetch the clip again"
)
Named = tuple[str, Path | Segment]  # a clip's uid and place
RETRIED_ALONE = 64  # clips after one that ended a process: more than were in work beside it


def examine_all(
    paths: Mapping[str, tuple[Path | Segment, int, int]],
    record: Path,
    *,
    workers: int,
    progress: bool = True,
) -> dict[str, Examined]:
    """Decode every clip that the record does not know as it is now. One run at a time may do so.

    Args:
        paths: file, size in bytes and time of change in ns, by uid.
        record: where what was learnt is kept.
        workers: processes.
        progress: whether to show a bar.

    Returns:
        What was learnt of every clip, now or before.
    """
    examined = {
        clip.uid: clip
        for clip in read_record(record)
        if clip.uid in paths and (clip.n_bytes, clip.changed) == paths[clip.uid][1:]
    }
    todo = [(uid, path) for uid, (path, *_) in paths.items() if uid not in examined]
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a", encoding="utf-8") as file:
        file.write("\n")  # after a line that was cut short
        for clip in _surviving(_decoded, todo, workers=workers, progress=progress):
            fields = list(astuple(clip))
            file.write(json.dumps([*fields, _checksum(fields)], ensure_ascii=False) + "\n")
            file.flush()
            examined[clip.uid] = clip
    return examined


def _decoded(clip: Named) -> Examined:
    uid, path = clip
    return examine(path, decode=True, uid=uid)


def read_record(record: Path) -> Iterator[Examined]:
    """What was learnt so far, in that order; a line that is not as it was written is nothing."""
    if not record.exists():
        return
    with record.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                *fields, checksum = json.loads(line)
                if checksum == _checksum(fields):
                    yield Examined(*fields)
            except (TypeError, ValueError, RecursionError):
                continue


def _checksum(fields: list[object]) -> str:
    return f"{zlib.crc32(json.dumps(fields).encode()):08x}"


def _surviving(
    function: Callable[[Named], Examined], paths: Sequence[Named], *, workers: int, progress: bool
) -> Iterator[Examined]:
    """`in_processes`, but a clip that ends its process is a finding and not the end."""
    n_done = 0
    title = "Decoding every clip"
    while n_done < len(paths):
        rest = paths[n_done:]
        try:
            for clip in in_processes(
                function, rest, workers=workers, what=title, progress=progress
            ):
                n_done += 1
                yield clip
        except BrokenProcessPool:
            # Which of those in work ended it is not known.
            for path in paths[n_done : n_done + RETRIED_ALONE]:
                n_done += 1
                yield _alone(function, path)


def _alone(function: Callable[[Named], Examined], clip: Named) -> Examined:
    with pool_of(1) as pool:
        try:
            return pool.submit(function, clip).result()
        except BrokenProcessPool:
            uid, path = clip
            return Examined(uid, *file_version(Path(path)), 0, 0, 0, DIED, "")
