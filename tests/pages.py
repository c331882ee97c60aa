"""The pages of the documentation as tests read them: their blocks, links and commands."""

import re
import shlex
from pathlib import Path

from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# what is typed behind these names is our command line
OURS = (["python", "run.py"], ["exec", "python", "run.py"], ["playfair"])


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page that say that they are in a language."""
    return [text for kind, text in BLOCK.findall(text_of(page)) if kind == language]


def prose(page: str) -> str:
    """A page without its code blocks."""
    return BLOCK.sub("", text_of(page))


def lines(page: str) -> list[str]:
    """What a page gives to be typed, a line each; a script's lines too, without its comments."""
    typed = "".join(blocks(page, "bash")).replace("\\\n", " ").splitlines()
    return [line for line in typed if line.strip() and not line.startswith("#")]


def options(line: str) -> list[str] | None:
    """The words behind our command's name, in a line that calls it; None in any other.

    >>> options("python run.py experiment=clip clip=FILE   # one clip")
    ['experiment=clip', 'clip=FILE']
    >>> options("make demo")
    """
    words = shlex.split(line, comments=True)
    for name in OURS:
        if words[: len(name)] == name:
            return words[len(name) :]
    return words[words.index("run.py") + 1 :] if words[0] == "torchrun" else None


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as mkdocs and GitHub write them."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", path.read_text(encoding="utf-8")), re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"[ ]", "-", text) for text in plain}
