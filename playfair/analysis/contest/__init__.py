"""Measures of the comparison, one file each; those of `measures.measured` stand before them."""

# Each registers itself, in the order of tables and figures.
# isort: off
# ruff: noqa: F401
from playfair.analysis.contest import accuracy_deletion
from playfair.analysis.contest import accuracy_insertion
from playfair.analysis.contest import keep_supporting
from playfair.analysis.contest import average_drop
from playfair.analysis.contest import sensitivity_n
from playfair.analysis.contest import infidelity
from playfair.analysis.contest import true_values
from playfair.analysis.contest import model_randomisation
from playfair.analysis.contest import label_randomisation
from playfair.analysis.contest import random_logit
from playfair.analysis.contest import noise_robustness
from playfair.analysis.contest import roar
# isort: on
