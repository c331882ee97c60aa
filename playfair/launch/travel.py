"""`playfair push` and `playfair pull`: their words, their help, what they list."""

import re
from collections.abc import Sequence
from pathlib import Path

from playfair.launch.command_line import as_called, program

PUSH = """\
{program} push NAME [NAME …] TO      checkpoints and ESV stores, to where others can have them

  NAME   esvs/trn-8-frames-3f2a91c0, as listed below; 'esvs/*' for all of a kind
  TO     a folder; or hf://OWNER/NAME, a repository of the Hugging Face Hub, made if need be: a model
         for checkpoints, a dataset for ESV stores

  licence=cc-by-4.0        what others may do with it, by the Hub's word; unstated otherwise
  public=true              a repository that is made may be read by everybody; private otherwise
  paths.outputs=FOLDER     where they lie; outputs otherwise

Clips, frames and features never travel. Names of clips and classes are in an ESV store."""
PULL = """\
{program} pull FROM [NAME …]         all of a parcel, or what is named of it, into outputs

  FROM   a folder, a URL of one (https://…), or hf://OWNER/NAME
  NAME   synthetic/esvs/trn-8-frames-3f2a91c0; or its end; 'esvs/*' for all of a kind

  paths.outputs=FOLDER     where it is to lie; outputs otherwise

What comes is compared with its checksums, and nothing of it is run; nothing is written over."""
OPTIONS = {
    "push": ("licence", "license", "public", "paths.outputs"),
    "pull": ("paths.outputs",),
}


def perform(words: Sequence[str]) -> None:
    """Does what was typed: a command and its words.

    Args:
        words: "push" or "pull", names and options, in any order.

    Raises:
        ValueError: a word, a place, or what lies there; what to type.
    """
    command, *rest = words
    if {"-h", "--help", "help"} & set(rest):
        _print((PUSH if command == "push" else PULL).format(program=program()))
        return
    names, options = _parsed(command, rest)
    outputs = Path(options.get("paths.outputs", "outputs")).expanduser()
    if command == "push":
        _push(names, options, outputs)
    else:
        _pull(names, outputs)


def _push(words: Sequence[str], options: dict[str, str], outputs: Path) -> None:
    from playfair.travel import named
    from playfair.travel.push import push

    if not words:
        _print(PUSH.format(program=program()))
        _list(outputs)
        return
    *names, to = words
    if not names:
        paths = [named.path_of(folder) for folder in named.travellers(outputs)]
        if named.means_any(to, paths):
            raise ValueError(
                f"Push {to} where to? Type: {program()} push {to} FOLDER, or {program()} push {to} "
                "hf://OWNER/NAME"
            )
        raise ValueError(f"Push what to {to}? Type {program()} push to see what there is.")
    public = options.get("public", "false").lower()
    if public not in ("true", "false"):
        raise ValueError(f"Expected public=true or public=false, got public={public}.")
    licence = options.get("licence", options.get("license", "")).lower()
    if not re.fullmatch(r"[a-z0-9.-]*", licence):
        raise ValueError(
            f"Expected a licence by the Hub's word, licence=cc-by-4.0 or licence=apache-2.0, got {licence}."
        )
    push(outputs, names, to, licence=licence, public=public == "true", say=_print)


def _pull(words: Sequence[str], outputs: Path) -> None:
    from playfair.travel.pull import pull

    if not words:
        _print(PULL.format(program=program()))
        return
    pull(outputs, words[0], words[1:], say=_print)


def _list(outputs: Path) -> None:
    """Prints what can be pushed."""
    from playfair.travel import named
    from playfair.travel.card import size
    from playfair.travel.contents import n_bytes_of

    folders = named.travellers(outputs)
    if not folders:
        _print(f"\nThere is nothing in {outputs} yet. Type: {program()} experiment=esv")
        return
    _print("\nThere are:")
    width = max(len(named.path_of(folder)) for folder in folders)
    for folder in folders:
        _print(f"  {named.path_of(folder):{width}}  {size(n_bytes_of(folder)):>8}")


def _parsed(command: str, words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Names, and options by name.

    Raises:
        ValueError: an option that the command does not have.
    """
    names = []
    options = {}
    for word in words:
        name, equals, value = word.partition("=")
        if word.startswith("-"):
            raise ValueError(f"There is no {word}. Type: {program()} {command} --help")
        if equals and re.fullmatch(r"[a-z_.]+", name):
            if name not in OPTIONS[command]:
                known = ", ".join(f"{option}=…" for option in OPTIONS[command])
                raise ValueError(f"{program()} {command} has no option {name}. It has {known}.")
            options[name] = value
        else:
            names.append(word)
    return names, options


def _print(line: str) -> None:
    print(as_called(line), flush=True)
