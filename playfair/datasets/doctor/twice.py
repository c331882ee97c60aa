"""Clips that are the same file, byte for byte, under two names."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from playfair.datasets.doctor.finding import Finding, about_clips

PART = 1 << 20  # bytes of a file's beginning and end that are compared


def check_twice(clips: Mapping[str, tuple[Path, int]]) -> Finding:
    """Whether two clips are one: a clip that is trained on must not be explained as unseen.

    Only files of one size are read, and of these the first and last MB.

    Args:
        clips: file and size in bytes, by uid; parts of one video are no matter of this.

    Returns:
        The finding, of all but the first of each.
    """
    by_size: dict[int, list[str]] = {}
    for uid, (_, n_bytes) in clips.items():
        by_size.setdefault(n_bytes, []).append(uid)
    twice = []
    for n_bytes, uids in by_size.items():
        if len(uids) == 1 or not n_bytes:
            continue
        first: dict[str, str] = {}
        for uid in uids:
            digest = _digest(clips[uid][0], n_bytes)
            if digest and digest in first:
                twice.append((uid, f"is the same file as {first[digest]}"))
            first.setdefault(digest, uid)
    context = "byte for byte; where they are in two splits, one is no test of the other"
    return about_clips("clips that are there twice", "note", twice, context)


def _digest(file: Path, n_bytes: int) -> str:
    """Of a file's beginning and end; "" where it cannot be read."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with file.open("rb") as content:
            digest.update(content.read(PART))
            if n_bytes > PART:
                content.seek(max(PART, n_bytes - PART))
                digest.update(content.read(PART))
    except OSError:
        return ""
    return digest.hexdigest()
