"""Which clips a browser plays as they are; others are shown as film strips, or converted."""

from pathlib import Path

from playfair.video.pictures import is_folder
from playfair.video.reader import Clip, opened
from playfair.video.segment import Segment

WEBM = "video/webm"
MP4 = "video/mp4"
# Container and codec that Chrome, Firefox and Safari all play; HEVC only some of them do.
CODECS = {WEBM: {"vp8", "vp9", "av1"}, MP4: {"h264", "av1", "vp9"}}
PLAIN = {"yuv420p", "yuvj420p"}  # of H.264: its other formats are for cameras and editing
DOCTYPE = b"webm"  # in the first bytes of a WebM, where a Matroska file has "matroska"


def played_as(clip: Clip) -> str:
    """The type by which a browser plays a clip's file as it is; "" where it does not.

    Args:
        clip: a file, a folder of pictures, or a part of either.

    Raises:
        VideoError: the clip cannot be read.
    """
    if isinstance(clip, Segment) or is_folder(clip):
        return ""
    with opened(clip) as (container, stream):
        kind = _kind(Path(clip), container.format.name)
        codec = stream.codec_context.name.partition("lib")[2] or stream.codec_context.name
        codec = {"vpx": "vp8", "vpx-vp9": "vp9", "dav1d": "av1", "aom-av1": "av1"}.get(codec, codec)
        if codec not in CODECS.get(kind, ()):
            return ""
        if codec == "h264" and stream.codec_context.pix_fmt not in PLAIN:
            return ""
        return kind


def described(clip: Clip) -> str:
    """What a clip is, for whoever wonders why it is not played: "a folder of pictures", "hevc in .mp4".

    Raises:
        VideoError: the clip cannot be read.
    """
    part = "a part of " if isinstance(clip, Segment) else ""
    if is_folder(clip):
        return f"{part}a folder of pictures"
    with opened(clip) as (_, stream):
        ending = Path(clip).suffix.lower() or "a file without ending"
        return f"{part}{'a longer video, ' if part else ''}{stream.codec_context.name} in {ending}"


def _kind(file: Path, container: str) -> str:
    """By what is in the file, whatever its name ends in."""
    if "mp4" in container.split(","):
        return MP4
    if "webm" in container.split(","):
        with file.open("rb") as start:
            return WEBM if DOCTYPE in start.read(64) else ""
    return ""
