"""Element Shapley Values: pure mathematics on tensors."""

from playfair.shapley.attribution import Attribution
from playfair.shapley.explain import explain

__all__ = ["Attribution", "explain"]
