"""A file as the answer to a request: opened once, looked at, and sent in the ranges asked for."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.wsgi import wrap_file

from playfair.explorer.errors import NotThereError
from playfair.video.segment import Segment

AN_HOUR = 3600  # seconds that a browser keeps a clip
# How files begin that hold video: where, and with what.
BEGINNINGS = (
    (0, b"\x1a\x45\xdf\xa3"),  # Matroska, WebM
    (4, b"ftyp"),  # MP4, QuickTime
    (4, b"moov"),
    (4, b"mdat"),
    (4, b"wide"),
    (8, b"AVI "),
    (0, b"OggS"),
    (0, b"FLV\x01"),
    (0, b"\x30\x26\xb2\x75"),  # ASF, WMV
    (0, b"\x00\x00\x01\xb3"),  # MPEG
    (0, b"\x00\x00\x01\xba"),
    (0, b"\x47\x40"),  # MPEG transport stream
)


def open_video(path: Path | Segment, uid: str) -> BinaryIO:
    """A clip's file, opened.

    Links are followed, as datasets are often made of them; but what is served is a regular file
    that begins as a video does, so that no link leads to anything else.

    Raises:
        NotThereError: it is not there, or it is no such file.
    """
    if isinstance(path, Segment):
        raise NotThereError(f"Clip {uid} is a part of a longer video, which is not sent.")
    try:
        # a pipe that nobody writes to would be waited for
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except (OSError, ValueError) as error:
        raise NotThereError(f"Clip {uid} cannot be read.") from error
    beginning = file.read(16) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    if not any(beginning[start:].startswith(mark) for start, mark in BEGINNINGS):
        file.close()
        raise NotThereError(f"Clip {uid} is no video file.")
    file.seek(0)
    return file


def sent(file: BinaryIO, media_type: str) -> Response:
    """An open file as the answer; the loop that holds all connections sends it, and no thread."""
    status = os.fstat(file.fileno())
    response = Response(wrap_file(request.environ, file), mimetype=media_type)
    response.direct_passthrough = True
    response.content_length = status.st_size
    response.last_modified = status.st_mtime  # type: ignore[assignment]
    response.set_etag(f"{status.st_mtime_ns:x}-{status.st_size:x}")
    response.cache_control.max_age = AN_HOUR
    response.make_conditional(request, accept_ranges=True, complete_length=status.st_size)
    start = response.content_range.start if response.status_code == 206 else 0
    if start is not None and "wsgi.file_wrapper" in request.environ:
        # in place of what counts the bytes of a range: the server stops at the content's length
        file.seek(start)
        response.response = wrap_file(request.environ, file)
    if response.status_code == 304 or request.method == "HEAD":
        file.close()
        response.response = []
    return response
