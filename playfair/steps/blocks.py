"""Stores that are written block by block, as whoever begins, resumes and repairs them sees them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from playfair.steps.step import Step


class BlockStore(Protocol):
    """A folder of blocks, each with a checksum of its own."""

    def block_of(self, name: str) -> int | None:
        """The block that a file of this name is of; None for one that no block can do without."""

    def torn(self) -> list[int]:
        """Blocks that count as written and do not hold what was written, read whole."""

    def discard(self, block: int) -> None:
        """Removes a block: it is missing then."""

    def digests(self) -> Mapping[str, str]:
        """Digests of files that are known without reading them, as the manifest has them."""


def block_store(step: Step, folder: Path) -> BlockStore | None:
    """The blocks of a step in its folder; None where it is not made of blocks.

    A step that is says so by a method `blocks(folder)`.
    """
    blocks = getattr(step, "blocks", None)
    store: BlockStore | None = blocks(folder) if blocks else None
    return store
