"""Row stationary plus (RS+): any of G, N, M, C, F, S in space, E and R whole inside the PE.

The loop nest of Eyeriss v2 (arXiv 1807.07928v1, Fig 10): SPad loops f0 n0 e0 r0 c0 m0 with e0 = E and r0 = R,
NoC loops g1 n1 m1 f1 c1 s1, GLB loops g2 n2 m2 f2 c2 s2, DRAM loops g3 n3 m3 f3. Several dimensions may share one
physical axis and one dimension may sit on several.
"""

import math
from dataclasses import dataclass
from itertools import product

from eyeriss_jax.dataflow.candidates import DRAM_PARTS, even_tiles, halving_tiles
from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

_MOST_NOMINAL = 32
"""Nominal over stored weights up to which compressed tiles are tried; sparser layers fill no SPad."""


@dataclass(frozen=True)
class RowStationaryPlus(Dataflow):
    """RS+. C and S are reduced, so they sit only on axes along which psums accumulate."""

    name: str = "rs_plus"

    def parallel_dims(self) -> tuple[str, ...]:
        """G, N, M, C, F and S."""
        return ("G", "N", "M", "C", "F", "S")

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """All parallel dimensions on axes that can reduce psums, all but C and S on the others."""
        reducing, others = self.parallel_dims(), ("G", "N", "M", "F")
        return {axis: reducing if axis in accelerator.reduce_axes else others for axis in AXES}

    def dram_dims(self, layer: Layer, accelerator: Accelerator) -> tuple[str, ...]:
        """G, N, M and F; E only where :func:`column_tiles` had to cut it, C only where even one row is too long."""
        height = min(column_tiles(layer, accelerator))
        cut = ("E",) if height < layer.E else ()
        return ("G", "N", "M", *cut, "F", *(() if _column_fits(height, layer, accelerator) else ("C",)))

    @property
    def left_out(self) -> str:
        """What is not offered in a PE and at DRAM."""
        counts = ", ".join(map(str, DRAM_PARTS))
        return (
            "PE tiles with a part of the output or filter column (unless the whole one has no room), that cut M or C "
            "unevenly, or F or N other than by halving; DRAM tiles that are not whole array tiles, that cut a "
            f"dimension into other than {counts} or as many parts as possible, or that cut what {self.name} keeps "
            "whole in the GLB"
        )

    def tile_sizes(self, extent: int, limit: int) -> list[int]:
        """The tiles of M or C worth trying in a PE that holds at most ``limit`` of ``extent``."""
        return even_tiles(extent, limit)

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """Tiles with the whole of R, one filter column, and every M, C that fits beside it.

        The filter is cut along R only where a single channel's column exceeds the iact SPad. Compressed weights may be
        more than the SPad holds nominally (JETCAS 2019); whether they fit is then for the storage law to say.
        """
        spads = accelerator.spad_words
        stored = layer.sparsity.weight if skips_zeros(layer, accelerator) else 1.0
        weights = int(spads.weight / max(stored, 1 / _MOST_NOMINAL))
        taps = min(layer.R, max(1, int(spads.iact)))
        dilation = layer.dilation[0] // math.gcd(layer.stride[0], layer.dilation[0])
        while taps > 1 and (taps - 1) * dilation + 1 > spads.iact:
            taps -= 1
        window = (taps - 1) * dilation + 1
        heights, widths, batches = column_tiles(layer, accelerator), halving_tiles(layer.F), halving_tiles(layer.N)
        tiles = []
        for c in self.tile_sizes(layer.C, int(spads.iact) // window):
            for m in self.tile_sizes(layer.M, min(int(spads.psum), weights // (c * taps))):
                tiles += [Dims(N=n, M=m, C=c, E=e, F=f, R=taps) for e, f, n in product(heights, widths, batches)]
        return tiles


def column_tiles(layer: Layer, accelerator: Accelerator) -> list[int]:
    """The E of a pass: the whole column (the paper's e0 = E), or the largest of its halvings that the GLB can hold.

    A column is cut only when the psums of one column and its iacts over all C exceed the whole GLB; the paper's
    networks never need it, high-resolution layers do. Where finished psums bypass the GLB there are two: the largest
    whose psums never come back, and the largest whose psums may.
    """
    sizes = halving_tiles(layer.E)
    held = next((e for e in sizes if _column_fits(e, layer, accelerator)), sizes[-1])
    passing = (e for e in sizes if accelerator.oacts_bypass_glb and _column_fits(e, layer, accelerator, psums=0))
    return list(dict.fromkeys((next(passing, held), held)))


def _column_fits(e: int, layer: Layer, accelerator: Accelerator, psums: int = 1) -> bool:
    """Whether the GLB can hold ``e`` rows of iacts over all C, and ``psums`` psums for each; shared banks help both."""
    rows = (e - 1) * layer.stride[0] + (layer.R - 1) * layer.dilation[0] + 1
    columns = (layer.S - 1) * layer.dilation[1] + 1
    words = {"iact": math.ceil(rows * columns * layer.C / accelerator.clusters), "psum": e * psums}
    kept = [t for t in words if t in accelerator.glb_keeps]
    spilled = (max(0, words[t] * accelerator.word_bits[t] - accelerator.glb_bits[t]) for t in kept)
    return sum(spilled) <= accelerator.glb_shared_bits


RS_PLUS = RowStationaryPlus()
