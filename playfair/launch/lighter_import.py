"""Lightning, imported without what only scores of texts need: 1.1 of the 5.3 s until it is there.

Lightning imports all of torchmetrics, and that imports transformers for its BERTScore. Of metrics
that need it nothing is used here; who uses transformers itself imports it as ever.
"""

import sys
from typing import Any

LEFT_OUT = ("transformers",)


def lighten() -> None:
    """From now on, torchmetrics does without them while it is imported. Again does nothing."""
    if "torchmetrics" in sys.modules:
        return
    from lightning_utilities.core.imports import RequirementCache

    is_there = RequirementCache.__bool__
    if hasattr(is_there, "__wrapped__"):
        return

    def answer(cache: Any) -> bool:
        named = str(cache.requirement or cache.module)
        if named.startswith(LEFT_OUT) and _is_being_imported():
            return False
        return is_there(cache)

    answer.__wrapped__ = is_there  # type: ignore[attr-defined]
    RequirementCache.__bool__ = answer  # type: ignore[method-assign, assignment]


def _is_being_imported() -> bool:
    """Whether torchmetrics is not whole yet: it has its parts as attributes when they are there."""
    return not hasattr(sys.modules.get("torchmetrics"), "functional")
