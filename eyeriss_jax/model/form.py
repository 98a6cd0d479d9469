"""The form that a layer's data take, and what follows for the work of a PE and for the words that move.

A sparse machine runs every layer in one of two forms, fixed when the layer is compiled (JETCAS 2019): raw
(:mod:`eyeriss_jax.model.raw`) or compressed (:mod:`eyeriss_jax.model.compressed`). Compressed values are counted in
words' worth of bits: a pair of 12 b is 1.5 words of 8 b.
"""

from typing import Any, NamedTuple

from eyeriss_jax.dims import PerType
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.model.traffic import ArrayTraffic, GlbTraffic


class Form(NamedTuple):
    """One form of a layer under one mapping.

    ``compressed``: 1 or 0. ``usable``: whether the machine can run the layer so. ``spad_fits``: whether iacts, weights
    and psums fit the SPads. ``values``: per nominal value how many are stored and sent. ``words``: per nominal word how
    many words' worth of bits; under ``psum`` that of finished oacts. ``port``: values per cycle and port.

    ``compute``: MAC cycles. ``refills``: cycles between windows. ``waiting``: of PEs for slower ones. ``work``: MACs
    that take up a lane.
    ``fetched``, ``weights_read``: words' worth of bits read from the iact SPad per nominal read, and from the weight
    SPad per nominal MAC. ``effectual``: share of the nominal MACs that take place.
    """

    compressed: Any
    usable: Scalar
    spad_fits: PerType
    values: PerType
    words: PerType
    port: PerType
    compute: Scalar
    refills: Any
    waiting: Any
    work: Any
    fetched: Any
    weights_read: Any
    effectual: Any

    @property
    def fits(self) -> Scalar:
        """Whether the machine can run the layer so, and its SPads hold the tile."""
        return self.usable & self.spad_fits.iact & self.spad_fits.weight & self.spad_fits.psum

    def of_array(self, traffic: ArrayTraffic) -> ArrayTraffic:
        """Words' worth of bits of nominal words into and out of the array; psums are never compressed."""
        scaled = {
            name: count * self.words[name.split("_")[0]]
            for name, count in traffic._asdict().items()
            if not name.startswith("psum")
        }
        return traffic._replace(**scaled)

    def of_glb(self, traffic: GlbTraffic) -> GlbTraffic:
        """The same between DRAM and the GLB."""
        return traffic._replace(
            iact_fills=traffic.iact_fills * self.words.iact,
            iact_reads=traffic.iact_reads * self.words.iact,
            weight_reads=traffic.weight_reads * self.words.weight,
        )
