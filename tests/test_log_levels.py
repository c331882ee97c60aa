"""No test hears more of our log, or less, for what another one has left behind."""

import logging

import pytest


@pytest.fixture(scope="module", params=["playfair", None], ids=["ours", "all"])
def talkative(request: pytest.FixtureRequest) -> logging.Logger:
    log = logging.getLogger(request.param)
    log.setLevel(logging.INFO)
    return log


def test_levels_are_those_of_the_beginning(
    talkative: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("playfair").info("not to be heard")
    assert caplog.messages == []
    talkative.setLevel(logging.INFO)


def test_what_a_test_sets_is_gone_in_the_next(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("playfair").info("not to be heard")
    assert caplog.messages == []
