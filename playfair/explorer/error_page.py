"""What is answered instead of a page: what is wrong and what to type, never how it happened."""

from html import escape

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}
</style><h1>{title}</h1><p>{message}</p>{more}"""


def error_page(title: str, message: str, more: str = "") -> str:
    """A page of its own.

    Args:
        title: over it, as text.
        message: as text.
        more: below it, as HTML.
    """
    return PAGE.format(title=escape(title), message=escape(message), more=more)
