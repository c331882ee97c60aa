"""Element Shapley Values: pure mathematics on tensors."""

from playfair.shapley.attribution import Attribution
from playfair.shapley.explain import explain
from playfair.shapley.interactions import interactions

__all__ = ["Attribution", "explain", "interactions"]
