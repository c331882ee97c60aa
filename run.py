"""Play Fair's one command, from a checkout: python run.py experiment=paper; python run.py lists the experiments."""

if __name__ == "__main__":
    import _signal  # what `signal` is made of, without the 3 ms in which Ctrl-C is a traceback

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        # Ctrl-C while we are imported: nothing is to be said yet, and no traceback is an answer
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from playfair.launch.main import command

    command()
