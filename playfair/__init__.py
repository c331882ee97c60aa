"""Play Fair: which frames made a video model decide?

>>> import playfair, torch
>>> model = playfair.TSN(feature_dim=4, n_classes=3).eval()
>>> attribution = playfair.explain(model, torch.randn(2, 5, 4), prior=torch.full((3,), 1 / 3))
>>> attribution.esv.shape
torch.Size([2, 5, 3])
"""

from playfair.models import TRN, TSN, MultiscaleTRN
from playfair.shapley import Attribution, explain, interactions

__version__ = "0.1.0"
__all__ = ["TRN", "TSN", "Attribution", "MultiscaleTRN", "__version__", "explain", "interactions"]
