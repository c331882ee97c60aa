"""Measures of the comparison, one file each."""

# Each registers itself, in the order of tables and figures.
# isort: off
# ruff: noqa: F401
from playfair.analysis.contest import spearman
from playfair.analysis.contest import kendall
from playfair.analysis.contest import evidence_mass
from playfair.analysis.contest import evidence_absolute_mass
from playfair.analysis.contest import evidence_auroc
from playfair.analysis.contest import pointing
from playfair.analysis.contest import deletion_area
from playfair.analysis.contest import deletion_area_frozen
from playfair.analysis.contest import insertion_area
from playfair.analysis.contest import insertion_area_frozen
from playfair.analysis.contest import efficiency_error
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
