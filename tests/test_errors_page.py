"""docs/errors.md quotes messages that are really given."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import ROOT
from tests.pages import text_of

PAGE = text_of("docs/errors.md")
QUOTED = re.findall(r"“([^”]+)”", PAGE)


def plain(text: str) -> str:
    """White space as one space, and what logging or `format` fills in as …"""
    return " ".join(re.sub(r"%(\.\d+)?[sdf]|\{\}", "…", text).split())


def texts(tree: ast.AST) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield plain(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield plain("".join(map(str, parts)))


@cache
def messages() -> str:
    """Every text of the code, a line each."""
    return "\n".join(
        text
        for folder in ("playfair", "experiments")
        for file in sorted((ROOT / folder).rglob("*.py"))
        for text in texts(ast.parse(file.read_text(encoding="utf-8")))
    )


def test_there_are_messages() -> None:
    assert len(QUOTED) > 25


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_message_that_is_quoted_is_given(quoted: str) -> None:
    parts = [re.escape(part.strip()) for part in quoted.split("…") if part.strip()]
    assert parts and re.search("[^\n]*".join(parts), messages()), quoted


def test_the_extras_of_the_page_are_those_that_messages_name() -> None:
    from playfair.launch.errors import EXTRAS

    [line] = [part for part in PAGE.split("\n\n") if "is not installed." in part]
    assert set(re.findall(r"`\[(\w+)\]`", line)) == set(EXTRAS.values())
