"""What is written is there whole or not at all, and a full disk is told as one."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Writes JSON so that a reader sees the old file or the whole new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    text = json.dumps(value, indent=2, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


@contextmanager
def telling_full_disk(what: str) -> Iterator[None]:
    """Turns a full disk, or a quota used up, into a ValueError that says what to do.

    Args:
        what: what was being written.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ValueError(
            f"The disk is full: no space for {what}. What was finished is kept: make space and "
            "type the same command again, it continues from there. To write elsewhere, type "
            "paths.outputs=FOLDER."
        ) from error
