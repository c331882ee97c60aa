"""What the API reference makes of our docstrings: `Example:` becomes a block of code.

Griffe knows `Examples:` alone, with prompts; ours are one example each, with prompts or without.
"""

import re
import textwrap

import griffe

EXAMPLE = re.compile(r"^Example:\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)


def as_code(match: re.Match[str]) -> str:
    """The example as Markdown, at the docstring's own indentation."""
    code = textwrap.dedent(match[1]).strip("\n")
    language = "pycon" if ">>>" in code else "python"
    return f"**Example:**\n\n```{language}\n{code}\n```\n\n"


class Examples(griffe.Extension):
    """Puts every example into a block."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: object) -> None:
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(as_code, obj.docstring.value)
