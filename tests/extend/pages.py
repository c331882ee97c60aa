"""The files and the commands of the pages in docs/extend, as they stand there."""

import re
import shlex
from pathlib import Path

from tests.conftest import ROOT

DOCS = ROOT / "docs" / "extend"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# The first line of a block, or the second of one that begins with Hydra's package.
FILE = re.compile(r"(?:# @package \w+\n)?# file: (\S+)\n")


def files(page: str) -> dict[str, str]:
    """Name → text of the code blocks that begin with the name of a file."""
    return files_of(_text(page))


def files_of(text: str) -> dict[str, str]:
    """The same of a page's text."""
    blocks = [block for _, block in BLOCK.findall(text)]
    names = [FILE.match(text) for text in blocks]
    return {name[1]: text for name, text in zip(names, blocks, strict=True) if name}


def commands(page: str) -> list[list[str]]:
    """The words behind `playfair` of each line that is to be typed."""
    shells = [text for language, text in BLOCK.findall(_text(page)) if language == "bash"]
    lines = [shlex.split(line) for text in shells for line in text.splitlines()]
    assert all(words[0] == "playfair" for words in lines), lines
    return [words[1:] for words in lines]


def write_files(page: str, folder: Path) -> Path:
    """Writes a page's files into a folder, and says which."""
    for name, text in files(page).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def _text(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")
