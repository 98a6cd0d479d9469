"""The published designs by name. Every number carries its source in ``Accelerator.sources``.

Sources are tagged by how sure they are: [P] the primary paper's own text, [PF] one of its figures or tables,
[S] a secondary source, [M] remembered and unverified, [D] derived or chosen here, and then the text says from what.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.accelerator_file import SUFFIXES, read_accelerator
from eyeriss_jax.hardware.presets.eyeriss_v1 import eyeriss_v1, eyeriss_v1_192
from eyeriss_jax.hardware.presets.eyeriss_v1_5 import eyeriss_v1_5
from eyeriss_jax.hardware.presets.eyeriss_v1_scaled import eyeriss_v1_scaled
from eyeriss_jax.hardware.presets.eyeriss_v2 import eyeriss_v2
from eyeriss_jax.hardware.presets.eyeriss_v2_scaled import CLUSTER_SIDE, eyeriss_v2_scaled, power_of_two_grid
from eyeriss_jax.hardware.presets.generic import timeloop_e168

__all__ = [
    "ACCELERATORS",
    "MOST_PES",
    "SCALED_ACCELERATORS",
    "accelerator",
    "eyeriss_v1",
    "eyeriss_v1_192",
    "eyeriss_v1_5",
    "eyeriss_v1_scaled",
    "eyeriss_v2",
    "eyeriss_v2_scaled",
    "preset",
    "timeloop_e168",
]

_FIXED: dict[str, Callable[[], Accelerator]] = {
    "eyeriss_v1": eyeriss_v1,
    "eyeriss_v1_192": eyeriss_v1_192,
    "eyeriss_v1_5": eyeriss_v1_5,
    "eyeriss_v2": eyeriss_v2,
    "timeloop_e168": timeloop_e168,
}
_SCALED = re.compile(r"eyeriss_(v1|v2)_([1-9]\d{1,99})")
MOST_PES = 1 << 20
"""PEs of the largest scaled design: one layer takes a mapper about a minute at a quarter of that."""

_STUDIED_PES = (256, 1024, 16384)

ACCELERATORS: tuple[str, ...] = (
    *_FIXED,
    *(f"eyeriss_{version}_{pes}" for version in ("v1", "v2") for pes in _STUDIED_PES),
)
"""The names of the published designs; ``eyeriss_v1_<pes>`` and ``eyeriss_v2_<pes>`` exist for more sizes."""

SCALED_ACCELERATORS: tuple[str, ...] = ("eyeriss_v1_<PEs>", "eyeriss_v2_<PEs>")
"""How the names of the scaled designs are spelled; PEs are 16 x a power of two."""


def accelerator(name: str) -> Accelerator:
    """The accelerator called ``name``: a published design (:func:`preset`), or a file ``<path>.yaml``.

    Raises:
        SpecError: no design has that name (the message suggests the closest and lists all), or the file is wrong (the
            message says where).

    Example:
        >>> accelerator("eyeriss_v2_1024").pes
        1024
        >>> accelerator("eyeriss_v2").sources["lanes"].startswith("JETCAS 2019")
        True
    """
    if not isinstance(name, str):
        raise SpecError(f"accelerator {name!r} is no name; pass a str such as 'eyeriss_v2', or a path ending in .yaml")
    if name.endswith(SUFFIXES):
        return read_accelerator(Path(name), preset)
    try:
        return preset(name)
    except SpecError as error:
        if os.path.isfile(name):
            raise SpecError(f"accelerator {name!r} is a file that does not end in {' or '.join(SUFFIXES)}") from error
        raise


def preset(name: str) -> Accelerator:
    """The design called ``name``: one of ``ACCELERATORS``, or a scaled ``eyeriss_v1_<pes>`` or ``eyeriss_v2_<pes>``.

    Scaled arrays exist for 16 x 2**k PEs; v1 has the rows and columns of the v2 array with as many PEs.

    Raises:
        SpecError: no design has that name (the message suggests the closest and lists all), or it is too large.
    """
    if name in _FIXED:
        return _FIXED[name]()
    scaled = _SCALED.fullmatch(name)
    if scaled is None:
        raise checks.unknown_name("accelerator", name, (*ACCELERATORS, *SCALED_ACCELERATORS, "<path>.yaml"))
    version, pes = scaled[1], int(scaled[2])
    if pes > MOST_PES:
        raise SpecError(
            f"accelerator: {name!r} is too large; 'eyeriss_{version}_{MOST_PES}' is the largest that a mapper can try"
        )
    clusters, rest = divmod(pes, CLUSTER_SIDE**2)
    if rest or clusters.bit_count() != 1:
        smaller = CLUSTER_SIDE**2 << max(clusters.bit_length() - 1, 0)
        raise SpecError(
            f"accelerator: {name!r} must have 16 x a power of two PEs; did you mean 'eyeriss_{version}_{smaller}' or "
            f"'eyeriss_{version}_{2 * smaller}'? Known names: {', '.join(ACCELERATORS)}."
        )
    if version == "v2":
        return eyeriss_v2_scaled(clusters)
    rows, cols = power_of_two_grid(clusters)
    return eyeriss_v1_scaled(CLUSTER_SIDE * rows, CLUSTER_SIDE * cols).replace(name=name)
