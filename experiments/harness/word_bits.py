"""``--word_bits``: whose bit widths the accelerator's words have."""

from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.hardware.word_bits import at_word_bits
from eyeriss_jax.layers import Network

OF_NETWORK = "network"


def check_word_bits(asked: str) -> None:
    """Refuses anything but nothing (the accelerator's own) and the network's.

    Raises:
        SpecError: another value.
    """
    if asked:
        known_name("word_bits", asked, (OF_NETWORK,))


def with_word_bits(asked: str, machine: Accelerator, workload: Network) -> Accelerator:
    """``machine`` with the widths that are ``asked`` for.

    Raises:
        SpecError: layers whose widths differ or are not stated, or that the machine's psums are too narrow for.
    """
    if not asked:
        return machine
    bits = workload.common_bits()
    assert bits.iact is not None
    assert bits.weight is not None
    return at_word_bits(machine, iact=bits.iact, weight=bits.weight)
