"""python -m playfair: the same as the command `playfair`."""

from playfair.launch.main import command

command()
