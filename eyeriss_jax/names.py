"""What to call things in messages: the known name that was probably meant, and the kind of a value."""

import difflib
from collections.abc import Iterable

FORMER_FIELDS: dict[str, str] = {
    "bits": "word_bits",
    "glb_read_words": "glb_read_words_per_cycle",
    "glb_write_words": "glb_write_words_per_cycle",
    "noc_words": "noc_words_per_cycle",
    "iact_noc_pairs": "iact_noc_pairs_per_cycle",
    "weight_noc_pairs": "weight_noc_pairs_per_cycle",
    "dram_bits_read": "dram_read_bits_per_cycle",
    "dram_bits_write": "dram_write_bits_per_cycle",
    "dram_bits_total": "dram_total_bits_per_cycle",
}
"""Fields of the accelerator that had no unit in their name once: what they are called now."""

_FORMER = FORMER_FIELDS | {"accesses": "dram_words", "energy_delay_product": "edp"}


def called(value: object) -> str:
    """What a value of the wrong kind is, by its type: ``an int``, ``a tuple``, ``None``."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to add to a message about the unknown ``name``: ``; did you mean 'lanes'?``, or a full stop.

    A name that a field, an objective or a metric had before is answered with the one that it has now (``bits.iact``:
    ``word_bits.iact``); any other with the one of ``known`` that is spelled most like it, if there is one.
    """
    known = tuple(known)
    first, dot, rest = name.partition(".")
    now = _FORMER.get(first, first) + dot + rest
    if first in _FORMER and any(each == now or each.startswith(f"{now}.") for each in known):
        return f"; it is called {now!r} now."
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
