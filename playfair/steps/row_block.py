"""One block of a row store: a .npy file of rows, and a .json file that says what it holds.

The rows are checked when a process first maps them, and the record whenever it is read.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.durable import written_aside


def write_block(
    rows_file: Path,
    record_file: Path,
    rows: np.ndarray,
    lengths: list[int],
    skipped: Mapping[int, str],
    moments: Mapping[int, np.ndarray],
) -> None:
    """Writes both files, the record last: the block is there then, whole.

    Args:
        rows_file: where the rows come to.
        record_file: where the record comes to.
        rows: (row, …), of all clips of the block.
        lengths: rows of each clip.
        skipped: clip → why it has none.
        moments: clip → when its rows begin, and the last ends: of frames whose rate varies.
    """
    n_bytes, checksum = _write_rows(rows_file, rows)
    record: dict[str, Any] = {
        "lengths": lengths,
        "skipped": {str(clip): why for clip, why in skipped.items()},
        "bytes": n_bytes,
        "crc32c": checksum,
    }
    if moments:
        record["moments"] = {str(clip): ticks.tolist() for clip, ticks in moments.items()}
    text = json.dumps({**record, "sum": _sum(record)}, ensure_ascii=False)
    _put(record_file, text.encode())


def _write_rows(file: Path, rows: np.ndarray) -> tuple[int, str]:
    """The .npy file; its size and its checksum."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(rows))
    head = header.getvalue()
    content = np.ascontiguousarray(rows).reshape(-1).view(np.uint8)
    checksum = google_crc32c.extend(google_crc32c.value(head), content)
    _put(file, head, content)
    return len(head) + len(content), f"{checksum:08x}"


def _put(file: Path, *contents: Any) -> None:
    # what a power cut leaves of it is seen by its checksum
    with written_aside(file, durable=False) as part, part.open("wb") as opened:
        for content in contents:
            opened.write(content)


def read_block_record(file: Path) -> dict[str, Any]:
    """What a block says of itself.

    Raises:
        DamageError: it is not as it was written.
    """
    try:
        record: dict[str, Any] = json.loads(file.read_bytes())
        if record.pop("sum") != _sum(record):
            raise ValueError("its values and their checksum do not agree")
    except FileNotFoundError:
        raise DamageError(file, "it is not there") from None
    except UNREADABLE as error:
        raise DamageError(file, f"it is no record of a block ({error})") from error
    return record


def require_checksum(file: Path, record: Mapping[str, Any]) -> None:
    """Raises DamageError where a block's rows are not those that its record was written for."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DamageError(file, error.strerror or str(error)) from error
    _require(file, record, len(content), google_crc32c.value(content))


def _require(file: Path, record: Mapping[str, Any], n_bytes: int, checksum: int) -> None:
    if n_bytes != record["bytes"]:
        raise DamageError(file, f"it has {n_bytes:,} bytes of {record['bytes']:,}")
    if f"{checksum:08x}" != record["crc32c"]:
        raise DamageError(file, f"its checksum is {checksum:08x}, not {record['crc32c']}")


def _sum(record: Mapping[str, Any]) -> str:
    """The checksum of a record's values."""
    return f"{google_crc32c.value(json.dumps(record, sort_keys=True).encode()):08x}"


def mapped(path: Path, record: Mapping[str, Any]) -> np.ndarray:
    """np.load(path, mmap_mode="r"), but that no file stays open, and that it is checked.

    A process may have 1,024 open; a large store has 5,279 blocks.
    """
    import torch  # which the analyses of ESVs do without

    try:
        n_bytes = path.stat().st_size
    except OSError as error:
        raise DamageError(path, error.strerror or str(error)) from error
    if n_bytes != record["bytes"]:  # before it is mapped: beyond its end, reading ends a process
        _require(path, record, n_bytes, 0)
    content = torch.from_file(str(path), size=n_bytes, dtype=torch.uint8).numpy()
    _require(path, record, n_bytes, google_crc32c.value(content))
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        begin = file.tell()
    rows = content[begin:].view(dtype).reshape(shape)
    rows.flags.writeable = False
    return rows
