"""What the component names of Timeloop and Accelergy files mean here: ``shared_glb`` is the GLB, ``psum_spad`` a SPad.

The tools leave names to their users; these are the words that their examples and the papers use.
"""

import re
from typing import Literal, NamedTuple

Level = Literal["dram", "glb", "pe", "mac", "array"]


class Component(NamedTuple):
    """A level of the hierarchy, and the data type it is for (None: all of them).

    ``array`` is a level that stores nothing and only fans out, such as the columns between the GLB and the PEs.
    """

    level: Level
    data_type: str | None


# The first pattern that occurs in the name decides.
_LEVELS: tuple[tuple[Level, str], ...] = (
    ("dram", r"dram|main_?mem|off_?chip|ddr|hbm|backing"),
    ("glb", r"glb|global|shared|gbuf|l2"),
    ("array", r"dummy|inter_?pe|pe_?col|pe_?row|array|column|spatial"),
    ("pe", r"spad|scratch|reg|rf|pe_?buf|l1|accum|l0"),
    ("mac", r"mac|compute|alu|multipl"),
    ("array", r"pe"),
)
_TYPES: tuple[tuple[str, str], ...] = (
    ("psum", r"psum|output|ofmap|oact|accum"),
    ("weight", r"weight|filter|wght"),
    ("iact", r"if?map|input|iact"),
)


def component(name: str) -> Component | None:
    """What ``name``, the last part of a dotted path without its ``[1..168]``, stands for; None if it says nothing."""
    bare = re.sub(r"\[[^\]]*\]", "", name).rsplit(".", 1)[-1].lower()
    data_type = named_data_type(bare)
    for level, words in _LEVELS:
        if re.search(words, bare):
            return Component(level, data_type)
    return None


def named_data_type(name: str) -> str | None:
    """The data type that ``name`` says, ``weights_spad`` or the data space ``Weights``; None if it says nothing."""
    return next((data_type for data_type, words in _TYPES if re.search(words, name.lower())), None)


KNOWN_NAMES = (
    "DRAM or MainMemory; shared_glb or GlobalBuffer; ifmap_spad, weights_spad, psum_spad or RegisterFile; mac; and "
    "DummyBuffer, PE_column or inter_PE_spatial for levels that only fan out"
)
"""Examples, for messages."""
