"""Row stationary (RS) as ISCA 2016 evaluates it: the primitives of section V on an array without a shape.

A set of R x e PEs makes e rows of psums, r sets on other channels accumulate with it, t sets on other filters share
its ifmaps; a PE interleaves p filters and q channels of n ifmaps. The RF of 256 words (0.5 kB) holds p q R weights, q R
ifmap values and p psums. The GLB (128.2 kB) keeps n q r ifmap strips and the psums of n m ofmap strips, so that a strip
of m filters is finished before the next begins; weights go from DRAM to the RFs. So per DRAM tile there are n ifmaps,
one strip of e rows, m filters and q r channels, the channels innermost.

As in :mod:`eyeriss_jax.dataflow.rs` a PE slides along E, so S and F are the rows R and E of the paper.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.candidates import even_tiles, halving_tiles
from eyeriss_jax.dataflow.flat_array import FlatArray, filter_parts
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class RowStationaryIsca16(FlatArray):
    """RS: S whole in space with e of F, r of C and t of M; R and E whole in the PE."""

    name: str = "rs_isca16"
    whole = ("S",)
    even = ("F",)
    filling = ("C", "M")
    dram_orders = (("NEF", "M", "CRS"),)

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """Every p, q and n; a p and q that share the RF with their psums and window."""
        words = int(accelerator.spad_words.total)
        return [
            Dims(N=n, M=p, C=q, E=layer.E, R=layer.R)
            for q in even_tiles(layer.C, words // layer.R)
            for p in even_tiles(layer.M, (words - q * layer.R) // (q * layer.R + 1))
            for n in halving_tiles(layer.N)
        ]

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """n, e and q r as they are in the array; any m."""
        return {"G": [layer.G], "N": [layer.N], "F": [layer.F], "C": [layer.C], "M": filter_parts(layer.M)}


RS_ISCA16 = RowStationaryIsca16()
