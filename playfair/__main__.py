"""What `playfair`, `python -m playfair` and `python run.py` run."""

import signal

# Before all else is imported, which takes longer than this: Ctrl-C ends the program as it ends any
# other, without a traceback. Once there is somebody to answer, `playfair.signals` does.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command() -> None:
    """Does what was typed."""
    from playfair.launch.main import command

    command()


if __name__ == "__main__":
    command()
