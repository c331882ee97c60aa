"""Files of safetensors: a table of names, and numbers that lie where it says; nothing is run.

Eight bytes say how long the table is, which is JSON: name → dtype, shape and where its bytes begin
and end behind it. (https://huggingface.co/docs/safetensors, "Format".)
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST_TABLE = 100_000_000  # bytes, as safetensors' own reader has it
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def is_safetensors(beginning: bytes) -> bool:
    """Whether a file that begins with these bytes says that it is one."""
    length = int.from_bytes(beginning[:8], "little")
    return len(beginning) > 8 and beginning[8:9] == b"{" and 2 <= length <= MOST_TABLE


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, mapped.

    Raises:
        ValueError: its table is damaged, or reaches beyond the file.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        text = file.read(length)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its table is damaged ({error})") from error
    if not isinstance(table, dict):
        raise ValueError("its table is damaged: expected names")
    # copied where it is written to; the file is not
    content = torch.from_numpy(np.memmap(path, np.uint8, "c"))[8 + length :]
    table.pop("__metadata__", None)
    return {name: _tensor(name, entry, content) for name, entry in table.items()}


def _tensor(name: str, entry: Any, content: Tensor) -> Tensor:
    try:
        dtype = DTYPES[entry["dtype"]]
        shape = [int(size) for size in entry["shape"]]
        start, stop = (int(place) for place in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"its table is damaged at {ascii(name)[:80]} ({error})") from error
    n_bytes = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or start < 0 or stop > len(content) or stop - start != n_bytes:
        raise ValueError(f"it has no {n_bytes:,} bytes for {ascii(name)[:80]}: it was cut short")
    values = content[start:stop]
    if values.data_ptr() % dtype.itemsize:  # only a copy lies where such numbers may begin
        values = values.clone()
    return values.view(dtype).reshape(shape)
