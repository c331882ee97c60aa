"""Examples in docstrings run, in the rooms of the engine."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import playfair.attribution
import playfair.models
import playfair.shapley

ROOMS = (playfair.shapley, playfair.models, playfair.attribution)
MODULES = [
    module.name
    for room in ROOMS
    for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(import_module(name)).failed == 0
