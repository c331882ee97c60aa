"""Play Fair's one command, from a checkout: python run.py experiment=paper; python run.py lists the experiments."""

from playfair.launch.main import command

if __name__ == "__main__":
    command()
