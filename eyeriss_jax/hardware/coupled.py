"""Fields of an accelerator that are one piece of hardware: where one changes, the other goes with it.

Where a PE works on compressed data, the words of its weight SPad and the pairs of ``sparse_pe.weight_pairs`` are the
same SRAM, and so are the ports for raw words and for pairs (:data:`COUPLED`). A clock takes the energies along in the
same way (:func:`~eyeriss_jax.hardware.voltage.at_clock`), and widths of words the energies and the bits of a pair
(:func:`~eyeriss_jax.hardware.word_bits.fit_for_words`). Axes of a sweep and files that are ``like`` a design share this
rule: what is given for both stands as it is given.
"""

import dataclasses
import math
from collections.abc import Collection
from typing import Any

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.file_fields import kinds_of
from eyeriss_jax.hardware.quantities import decimal
from eyeriss_jax.hardware.sparse_pe import SparsePe

COUPLED: dict[str, str] = {
    "spad_words.iact": "sparse_pe.iact_pairs",
    "spad_words.weight": "sparse_pe.weight_pairs",
    "noc_words_per_cycle.iact": "sparse_pe.iact_noc_pairs_per_cycle",
    "noc_words_per_cycle.weight": "sparse_pe.weight_noc_pairs_per_cycle",
}
"""Fields of a machine with sparse PEs that are one piece of hardware: SPads and ports, raw and compressed."""

_BOTH_WAYS = COUPLED | {compressed: raw for raw, compressed in COUPLED.items()}


def field_of(accelerator: Accelerator, field: str) -> Any:
    """The value of a field, nested ones with a dot."""
    value = accelerator
    for name in field.split("."):
        value = getattr(value, name)
    return value


def with_field(accelerator: Accelerator, field: str, value: Any) -> Accelerator:
    """``accelerator`` with one field changed, nested ones with a dot.

    Raises:
        SpecError: a value that no hardware has.
    """
    name, _, inner = field.partition(".")
    if inner:
        value = dataclasses.replace(getattr(accelerator, name), **{inner: value})
    return accelerator.replace(**{name: value})


def is_whole(field: str) -> bool:
    """Whether the field counts something: its value is an integer, or a whole number that must stay one."""
    name, _, inner = field.partition(".")
    kind = kinds_of(SparsePe)[inner] if name == "sparse_pe" else kinds_of(Accelerator)[name]
    return name in ("spad_words", "word_bits", "glb_bits") or kind is int


def partner_of(field: str, base: Accelerator, given: Collection[str]) -> str:
    """The field that is the same hardware as ``field``; none where PEs are dense, or where it is ``given`` itself."""
    found = _BOTH_WAYS.get(field, "")
    if not found or base.sparse_pe is None or found in given:
        return ""
    sizes = field_of(base, field), field_of(base, found)
    return found if all(0 < size < math.inf for size in sizes) else ""


def moved(base: Accelerator, changed: Accelerator, field: str, partner: str) -> Accelerator:
    """``changed``, with ``partner`` in the same proportion to ``base`` as ``field``; a count stays one, of 1 or more.

    Raises:
        SpecError: a value that no hardware has.
    """
    if field_of(changed, field) == field_of(base, field):
        return changed
    value = field_of(base, partner) * (field_of(changed, field) / field_of(base, field))
    return with_field(changed, partner, max(1, round(value)) if is_whole(partner) else decimal(value))


def followed(base: Accelerator, changed: Accelerator, given: Collection[str]) -> tuple[Accelerator, tuple[str, ...]]:
    """``changed`` with all that goes with the fields ``given`` for it, and the names of what went.

    ``base``: what it is like.

    Raises:
        SpecError: a value that no hardware has.
    """
    went = []
    for field in _BOTH_WAYS:
        if field not in given or changed.sparse_pe is None or field_of(changed, field) == field_of(base, field):
            continue
        if partner := partner_of(field, base, given):
            changed = moved(base, changed, field, partner)
            went.append(partner)
    return changed, tuple(went)
