"""Features to logits: the paper's two classifiers. Both show their linear pieces to the engine."""

from playfair.models.multiscale import MultiscaleTRN
from playfair.models.trn import TRN
from playfair.models.tsn import TSN

__all__ = ["TRN", "TSN", "MultiscaleTRN"]
