"""What can be wrong with what is asked for."""


class NotThereError(ValueError):
    """Something was asked for that is not there; the message says what is."""
