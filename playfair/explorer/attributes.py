"""Attributes of HTML elements that Python cannot spell."""

from typing import Any


def attributes(**values: object) -> dict[str, Any]:
    """`data-…` and `aria-…` attributes of a component.

    >>> attributes(data_i=3, aria_label="Frame 12")
    {'data-i': '3', 'aria-label': 'Frame 12'}
    """
    return {name.replace("_", "-"): str(value) for name, value in values.items()}
