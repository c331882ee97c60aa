"""What hundreds of estimates say is said once; and what is measured is named while it is."""

import inspect
import re

import pytest

from playfair import silence
from playfair.benchmark.repeated_warnings import each_warning_once, log
from playfair.experiments import approximation, benchmark
from playfair.printable import PrintableRecords
from playfair.shapley.estimated import warn_of_nothing_seen, warn_of_plain


@pytest.mark.parametrize("printable", [False, True])
def test_each_warning_is_said_once_with_how_many_said_the_like(caplog, monkeypatch, printable):
    # on the command line a filter that comes first has written the numbers into the text
    monkeypatch.setattr(log, "filters", [PrintableRecords()] if printable else [])
    with each_warning_once():
        for n_videos in (1, 2, 3):
            warn_of_plain(n_videos, 6)
        warn_of_nothing_seen(1, 6)
        log.info("%d is measured", 7)
        assert [record.getMessage() for record in caplog.records] == []
    plain, alike = [record.getMessage() for record in caplog.records]
    assert plain.startswith("The surrogate does not tell what the heads answer on 1 of 6 videos")
    assert plain.endswith("helps. (Of one estimate; 2 others said the like.)")
    assert alike.endswith("a larger budget= may show it.")
    warn_of_plain(1, 6)
    assert len(caplog.records) == 3, "what is said later is said at once"


def test_what_was_said_is_not_lost_where_something_fails(caplog):
    with pytest.raises(KeyboardInterrupt), each_warning_once():
        warn_of_plain(1, 6)
        raise KeyboardInterrupt
    assert len(caplog.records) == 1


@pytest.mark.parametrize("experiment", [benchmark.benchmark, approximation.approximation])
def test_experiments_of_many_estimates_say_it_once(experiment):
    assert inspect.getsource(inspect.unwrap(experiment)).startswith("@each_warning_once()")


def test_every_part_of_the_benchmark_is_named_once_and_in_order():
    code = inspect.getsource(inspect.unwrap(benchmark.benchmark))
    assert tuple(re.findall(r'with part\("(.*)"\)', code)) == benchmark.PARTS
    with silence.doing("benchmark"), benchmark.part("peers"):
        assert silence.line() == f"part 4 of {len(benchmark.PARTS)}: peers … (0 s)"
