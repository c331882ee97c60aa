"""What opening a clip, or decoding all of it, shows to be wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from av import VideoFrame

from playfair.datasets.doctor.finding import Finding, about_clips, counted
from playfair.video.clock import clip_length
from playfair.video.container import opened
from playfair.video.errors import VideoError
from playfair.video.orientation import Orientation, orientation_of
from playfair.video.packets import from_key_frame, is_shown
from playfair.video.reader import count_frames, frame_times
from playfair.video.reader import decode as read
from playfair.video.segment import Segment


@dataclass(frozen=True)
class Examined:
    """What examining a clip showed.

    Attributes:
        uid: the clip.
        n_bytes: the file's size.
        changed: its time of change, ns.
        n_frames: decoded, or packets where it was only opened.
        width: pixels.
        height: pixels.
        fault: why the clip cannot be used; "" if nothing.
        remark: what is odd about it; "" if nothing.
    """

    uid: str
    n_bytes: int
    changed: int
    n_frames: int
    width: int
    height: int
    fault: str
    remark: str


def examine(path: Path | Segment, *, decode: bool, uid: str | None = None) -> Examined:
    """Open a clip, and look at all of it.

    Args:
        path: the file, a part of one, or a folder of pictures.
        decode: whether to decode all frames; otherwise packets are counted.
        uid: the clip's; None: its file is named after it.

    Returns:
        What it showed; no fault of the clip raises.

    Example:
        examine(dataset.clip("78687"), decode=True).fault
    """
    file = Path(path)
    if isinstance(path, Segment) or file.is_dir():
        return _examine_part(path, uid or file.stem, decode=decode)
    n_packets = 0
    n_frames = 0
    fault = ""
    stamps: list[int | None] = []
    remarks = []
    tick = 1.0
    sizes: dict[tuple[int, int], None] = {}  # a set that keeps the order
    n_declared = 0
    n_stored = 0  # what an edit list cuts off, too
    try:
        with opened(path) as (container, stream):
            n_declared = stream.frames  # 0 where the file does not say
            sizes[stream.width, stream.height] = None
            if len(container.streams.video) > 1:
                remarks.append(
                    f"{len(container.streams.video)} video streams, of which one is read"
                )
            first = next((packet for packet in container.demux(stream) if packet.size), None)
            if first is not None and not first.is_keyframe:
                remarks.append("it does not begin with a key frame, and is read from the first on")
        with opened(path) as (container, stream):
            for packet in from_key_frame(container.demux(stream)):
                n_stored += packet.size > 0
                if is_shown(packet):
                    n_packets += 1
                    stamps.append(packet.pts)
                # the first one says how all are turned
                for picture in packet.decode() if decode or not n_frames else ():
                    assert isinstance(picture, VideoFrame)
                    if not n_frames and orientation_of(picture) != Orientation():
                        remarks.append("its pictures are stored turned or mirrored")
                    n_frames += 1
                    sizes[picture.width, picture.height] = None
            tick = float(stream.time_base or 1)
        if not (n_frames if decode else n_packets):
            fault = "no video frame in the file; fetch the clip again"
    except VideoError as error:
        fault = str(error).removeprefix(f"{path}: ")
    if len(sizes) > 1:
        names = ", ".join(f"{width}×{height}" for width, height in sizes)
        remarks.append(f"the picture's size changes: {names}")
    if not fault and n_stored < n_declared:
        remarks.append(f"the file declares {counted(n_declared, 'frame')}, and has {n_stored:,}")
    if not fault and clip_length(stamps, None, tick).moments is not None:
        remarks.append("its frame rate varies")
    if decode and not fault and n_frames != n_packets:
        remarks.append(f"{n_packets} packets hold {n_frames} frames")
    n_bytes, changed = file_version(file)
    width, height = next(iter(sizes), (0, 0))
    return Examined(
        uid or file.stem,
        n_bytes,
        changed,
        n_frames if decode else n_packets,
        width,
        height,
        fault,
        "; ".join(remarks),
    )


def _examine_part(path: Path | Segment, uid: str, *, decode: bool) -> Examined:
    """As `examine`, of what is not all of a file."""
    n_frames = 0
    height = width = 0
    fault = ""
    try:
        if decode:
            n_frames, height, width, _ = read(path).shape
        else:
            n_frames = count_frames(path)
            _, height, width, _ = read(path, [0]).shape
    except VideoError as error:
        fault = str(error).removeprefix(f"{path}: ")
    remark = "" if fault else _cut_short(path, n_frames)
    return Examined(uid, *file_version(Path(path)), int(n_frames), width, height, fault, remark)


def _cut_short(path: Path | Segment, n_frames: int) -> str:
    """A remark on a part that its video, or its folder of pictures, ends before; "" otherwise."""
    if not isinstance(path, Segment):
        return ""
    if path.unit == "frame":
        n_listed = int(path.stop) - int(path.start)
        lacks = n_frames < n_listed
        return f"{n_listed} frames are listed, and {n_frames} are there" if lacks else ""
    times = frame_times(path)
    if n_frames < 2 or np.isnan(times).any():
        return ""
    step = (times[-1] - times[0]) / (n_frames - 1)
    end = times[-1] + step
    # the last frame may be shown for a while, and lists round
    return f"the video ends before it does, at {end:.1f} s" if path.stop > end + 2 * step else ""


def file_version(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns; zeros where there is no file."""
    if not path.exists():
        return 0, 0
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def examined_findings(
    examined: Sequence[Examined],
    n_frames: int,
    context: str,
    lines: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Finding]:
    """What opening or decoding the clips showed.

    Args:
        examined: what it showed of each clip.
        n_frames: how many a model is to see.
        context: which clips they are, and what was done with them.
        lines: where a list names each clip, by uid.

    Yields:
        A finding for each check.
    """
    none = f"none ({context})"
    faults = []
    for clip in examined:
        if clip.fault:
            line = lines.get(clip.uid)
            faults.append((clip.uid, f"{line}: {clip.fault}" if line else clip.fault))
    mend = (
        "fetch these clips again; until then they are skipped and counted "
        "(dataset.broken=fail stops at them)"
    )
    yield about_clips("clips that cannot be read", "problem", faults, context, mend, none)
    whole = [clip for clip in examined if not clip.fault]
    short = [
        (clip.uid, counted(clip.n_frames, "frame")) for clip in whole if clip.n_frames < n_frames
    ]
    check = f"clips of fewer than n_frames={n_frames}"
    mend = "dataset.short=skip or dataset.short=repeat"
    yield about_clips(check, "note", short, context, mend, none)
    odd = [(clip.uid, clip.remark) for clip in whole if clip.remark]
    for clip in whole:
        if clip.width % 2 or clip.height % 2:
            odd.append((clip.uid, f"odd size {clip.width}×{clip.height}"))
    use = f"{context}; they are used, as they are to be shown"
    yield about_clips("clips that are odd", "note", odd, use, none=none)
