"""Checkpoints as PyTorch 0.2 and 0.3 wrote them under Python 2, on a GPU: of 2017, as the Caffe ports' and TSN's."""

import io
import pickle
import struct
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

import torch


class _Pickler(pickle._Pickler):  # Python's own, of which every part can be replaced
    """Texts are bytes, dictionaries in order are lists of pairs, tensors are `_rebuild_tensor`'s."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_text(self, text: str) -> None:
        content = ("cuda:0" if text == "cpu" else text).encode("ascii")
        self.write(pickle.SHORT_BINSTRING + struct.pack("<B", len(content)) + content)

    dispatch[str] = save_text

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            size = (value.storage_offset(), tuple(value.size()), value.stride())
            return torch._utils._rebuild_tensor, (value._typed_storage(), *size)
        if isinstance(value, OrderedDict):
            return OrderedDict, ([list(pair) for pair in value.items()],)
        return NotImplemented


def _dump(value: Any, file: Any, protocol: int) -> None:
    _Pickler(file, protocol).dump(value)


def save_as_python2(content: Any, path: Path) -> None:
    """Writes what `torch.save` of these releases did."""
    module = types.SimpleNamespace(Pickler=_Pickler, dump=_dump)
    file = io.BytesIO()
    torch.serialization._legacy_save(content, file, module, 2)
    # tensors of a GPU
    path.write_bytes(file.getvalue().replace(b"ctorch\nFloatStorage", b"ctorch.cuda\nFloatStorage"))
