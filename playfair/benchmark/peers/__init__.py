"""Estimators beside those of other libraries: trained games, evaluations counted, truth known."""
