"""One verb for ESV and its rivals: attribute(method, …) → (video, frame), for the class asked for."""

from playfair.attribution.attribute import METHODS, attribute

__all__ = ["METHODS", "attribute"]
