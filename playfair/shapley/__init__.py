"""Element Shapley Values: pure mathematics on tensors."""

from playfair.shapley import chosen, constructive, exact, kernel, kernel_shap, stratified, surrogate
from playfair.shapley.attribution import Attribution
from playfair.shapley.caches import empty_caches
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.estimators import ESTIMATORS, Estimate, Estimator, Plan, estimator
from playfair.shapley.explain import explain, explain_game
from playfair.shapley.game import Game
from playfair.shapley.heads_game import game_of_heads
from playfair.shapley.interactions import explain_pairs, interactions
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.linear_heads import LinearHeads, Projection
from playfair.shapley.mask_game import MaskGame
from playfair.shapley.masks import explain_masks, interactions_of_masks
from playfair.shapley.pair_attribution import PairAttribution

__all__ = [
    "ESTIMATORS",
    "Attribution",
    "CallableGame",
    "Estimate",
    "Estimator",
    "Game",
    "LinearGame",
    "LinearHeads",
    "MaskGame",
    "PairAttribution",
    "Plan",
    "Projection",
    "chosen",
    "constructive",
    "empty_caches",
    "estimator",
    "exact",
    "explain",
    "explain_game",
    "explain_masks",
    "explain_pairs",
    "game_of_heads",
    "interactions",
    "interactions_of_masks",
    "kernel",
    "kernel_shap",
    "stratified",
    "surrogate",
]
