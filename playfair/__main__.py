"""What `playfair`, `python -m playfair` and `python run.py` run."""

import _signal  # what `signal` is made of, without the 3 ms that it takes itself

# Before all else is imported, which takes longer than this: Ctrl-C ends the program as it ends any
# other, without a traceback. Once there is somebody to answer, `playfair.signals` does.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def command() -> None:
    """Does what was typed."""
    from playfair.launch.main import command

    command()


if __name__ == "__main__":
    command()
