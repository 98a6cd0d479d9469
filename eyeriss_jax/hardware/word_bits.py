"""The same machine for operands of another width, as a quantised network asks for.

What follows the width: how many words the GLB holds, the bits that DRAM moves, a sparse PE's (value, count) pairs, and
the energies by the two assumptions of :func:`~eyeriss_jax.hardware.energy.scaled_by_bits`. What stays: words per SPad
and words per cycle of every port.
"""

import dataclasses

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import scaled_by_bits
from eyeriss_jax.hardware.quantities import Types


def at_word_bits(accelerator: Accelerator, *, iact: int, weight: int) -> Accelerator:
    """``accelerator`` with words of ``iact`` and ``weight`` bits; a finished psum is the next layer's iact.

    Raises:
        SpecError: oacts that are wider than the psums that they come from.

    Example:
        >>> narrow = at_word_bits(accelerator("eyeriss_v2"), iact=8, weight=4)
        >>> narrow.word_bits
        Types(iact=8, weight=4, psum=20)
    """
    former = accelerator.word_bits
    if (iact, weight, iact) == (former.iact, former.weight, accelerator.oact_bits):
        return accelerator
    if iact > former.psum:
        raise SpecError(
            f"accelerator {accelerator.name!r}: psums of {former.psum} bits cannot become oacts of {iact} bits; set "
            f"word_bits.psum in an accelerator file, or leave word_bits out"
        )
    bits = dataclasses.replace(former, iact=iact, weight=weight)
    return fit_for_words(accelerator, bits).replace(word_bits=bits, oact_bits=iact)


def fit_for_words(accelerator: Accelerator, bits: Types) -> Accelerator:
    """``accelerator`` with the energies and the pairs that words of ``bits`` need; the words themselves stay.

    Raises:
        SpecError: a width that is not a finite number above 0.
    """
    former, pe = accelerator.word_bits, accelerator.sparse_pe
    if bits == former:
        return accelerator
    if pe is not None:
        wider = max(bits.iact, bits.weight) - max(former.iact, former.weight)
        pe = dataclasses.replace(pe, pair_bits=int(pe.pair_bits + wider))
    return accelerator.replace(sparse_pe=pe, energy=scaled_by_bits(accelerator.energy, bits, former))
