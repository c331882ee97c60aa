"""Play Fair's one command, from a checkout: python run.py experiment=paper; python run.py lists the experiments."""

if __name__ == "__main__":
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C while we are imported: nothing is to be said yet, and no traceback is an answer
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from playfair.launch.main import command

    command()
