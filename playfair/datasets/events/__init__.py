"""Clips of events whose Bayes posterior is known: what happens, how it looks, what follows."""
