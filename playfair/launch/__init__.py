"""The command line: compose, check, supervise, sweep, and turn errors into what to type."""
