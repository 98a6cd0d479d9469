"""The result of one evaluation: a pytree of named scalars, units in the docstrings."""

from typing import Any

from flax import struct

from eyeriss_jax.dims import PerType


class Access(struct.PyTreeNode):
    """Words moved at one level for one data type.

    ``reads``: words read, towards the MACs or (psums) for accumulation and, where the convention charges it,
    for draining. ``fills``: words written from the level above. ``updates``: psum words written from below.
    """

    reads: Any
    fills: Any
    updates: Any


class Cycles(struct.PyTreeNode):
    """Clock cycles of the whole layer.

    ``compute``: MAC cycles of the most loaded PE, summed over passes (compressed: of the average PE). ``chain``: psum
    accumulation between PEs. ``waiting``: of PEs for slower ones, whose tiles have fewer zeros. ``delivery``: cycles
    the NoC needs per data type (psums: to collect them). ``returning``: cycles in which it brings psums back, over
    wires of their own. ``glb``, ``dram``: cycles those ports need. ``exposed``: delivery, psums in both directions,
    that the hardware cannot hide. ``ramp``: first fill, last drain, pipeline refills of passes and of compressed
    windows. ``bandwidth_bound``: Eyexam step 6, max of compute and every port. ``total``: Eyexam step 7.
    """

    compute: Any
    chain: Any
    waiting: Any
    delivery: PerType
    returning: Any
    glb: Any
    dram: Any
    exposed: Any
    ramp: Any
    bandwidth_bound: Any
    total: Any


class Energy(struct.PyTreeNode):
    """Energy of the whole layer by component, in the unit of the accelerator's table."""

    mac: Any
    spad: Any
    noc: Any
    glb: Any
    dram: Any
    static: Any
    total: Any


class Evaluation(struct.PyTreeNode):
    """Everything the model says about one (accelerator, layer, mapping).

    ``code`` is 0 for a valid mapping, else the reason (:class:`eyeriss_jax.model.validity.Code`). ``macs`` is nominal,
    zeros included; ``work`` leaves out those that the PEs skip. ``compressed``: 1 where the layer runs in the
    compressed form, 0 in the raw one. ``oact_bits``: width of a finished psum on its way to DRAM. ``active_pes`` is the
    number of PEs with work in a full pass; ``utilization`` is work / (cycles x MAC units). ``spad``, ``glb``, ``dram``
    hold an :class:`Access` per data type; ``noc`` the words that arrive at PEs (psums: words that hop between PEs),
    ``hops`` those that a cluster of a mesh has from another one (psums: hands on to another one); compressed values
    count in words' worth of bits.

    Example:
        >>> import jax
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> found = map_layer(layer, accelerator("eyeriss_v2"), DATAFLOWS["rs_plus"])
        >>> result = jax.jit(evaluate)(accelerator("eyeriss_v2").build(), layer.build(), found.mapping.build())
        >>> int(result.macs), int(result.dram.weight.reads)
        (640, 640)
    """

    code: Any
    macs: Any
    work: Any
    compressed: Any
    oact_bits: Any
    active_pes: Any
    utilization: Any
    cycles: Cycles
    spad: PerType
    noc: PerType
    hops: PerType
    glb: PerType
    dram: PerType
    energy: Energy
