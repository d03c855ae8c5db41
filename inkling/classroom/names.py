"""Names of pupils: a first name of their own, or an animal."""

import unicodedata
from collections.abc import Collection
from itertools import chain, count

MAX_LENGTH = 20  # characters
ANIMALS = (
    "Badger", "Bear", "Beaver", "Bison", "Camel", "Crane", "Deer", "Dolphin", "Eagle", "Falcon",
    "Ferret", "Finch", "Fox", "Frog", "Gecko", "Goat", "Hare", "Hawk", "Hedgehog", "Heron",
    "Ibex", "Jackal", "Jay", "Koala", "Lark", "Lion", "Lizard", "Llama", "Lynx", "Marten",
    "Mole", "Moose", "Mouse", "Newt", "Orca", "Otter", "Owl", "Panda", "Parrot", "Pelican",
    "Penguin", "Puffin", "Puma", "Raccoon", "Raven", "Robin", "Salmon", "Seal", "Sparrow", "Stork",
    "Swan", "Swift", "Tiger", "Toad", "Trout", "Turtle", "Walrus", "Whale", "Wolf", "Zebra",
)  # fmt: skip


def clean_name(text: str) -> str:
    """Return a pupil's text as a name: one line, single spaces, at most 20 characters.

    Control characters and those that change the direction of writing are removed. It may still
    contain markup, which pages escape.
    """
    printable = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return " ".join(printable.split())[:MAX_LENGTH].rstrip()


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a clean name, with the first number from 2 on that makes it another one than `taken`.

    Capital and small letters are the same.
    """
    others = {other.casefold() for other in taken}
    numbered = (f"{name[: MAX_LENGTH - 4].rstrip()} {number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one.casefold() not in others)


def suggested_animal(visitor_id: str, taken: Collection[str]) -> str:
    """Return an animal for a pupil, one that nobody has as long as there are any.

    Parameters
    ----------
    visitor_id : str
        32 hexadecimal digits; the same pupil gets the same suggestion.
    taken : collection of str
    """
    start = int(visitor_id, 16) % len(ANIMALS)
    ordered = ANIMALS[start:] + ANIMALS[:start]
    return next((animal for animal in ordered if animal not in taken), ordered[0])


def distinct(names: dict[str, str]) -> dict[str, str]:
    """Return names by visitor id in which the second of a name has the number 2, and so on.

    Two pupils have one name only where they joined in the same moment.
    """
    result: dict[str, str] = {}
    for visitor_id, name in names.items():
        result[visitor_id] = free_name(name, result.values())
    return result
