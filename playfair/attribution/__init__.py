"""One verb for ESV and its rivals: attribute(method, …) → (video, frame), for one class."""

# Each registers itself, in the order of tables and figures.
# isort: off
# ruff: noqa: F401
from playfair.attribution import esv
from playfair.attribution import integrated_gradients
from playfair.attribution import integrated_gradients_mean
from playfair.attribution import integrated_gradients_prior
from playfair.attribution import expected_gradients
from playfair.attribution import leave_one_out
from playfair.attribution import singleton
from playfair.attribution import both_ends
from playfair.attribution import occlusion
from playfair.attribution import banzhaf
from playfair.attribution import permutation_sampling
from playfair.attribution import kernel_shap
from playfair.attribution import rise
from playfair.attribution import gradcam
from playfair.attribution import hirescam
from playfair.attribution import gradient_activation
from playfair.attribution import attention_rollout
from playfair.attribution import feature_norm
from playfair.attribution import pixel_change
from playfair.attribution import gaussian_centre
from playfair.attribution import centre
from playfair.attribution import random
from playfair.attribution import uniform
from playfair.attribution import planted
# isort: on

from playfair.attribution.attribute import attribute
from playfair.attribution.registry import METHODS, Asked, Method, check_methods, method

__all__ = ["METHODS", "Asked", "Method", "attribute", "check_methods", "method"]
