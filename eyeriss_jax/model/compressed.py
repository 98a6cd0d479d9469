"""The compressed form: (value, count) pairs in columns, two to a port beat; a zero iact takes no cycle.

Cycles of a window are the words of the weight columns that its nonzero iacts meet (JETCAS 2019, section IV),
in expectation over the layer's densities; what PEs wait for each other comes on top.
"""

from eyeriss_jax.dims import DIMS, Dims, PerType, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.sparse_columns import Columns, columns_of, worst_slots
from eyeriss_jax.model.storage import spad_need
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.model.waiting import window_refills, window_waiting
from eyeriss_jax.numerics import minimum


def compressed_form(
    layer: LayerArrays, density: SparsityArrays, accelerator: AcceleratorArrays, dims: Dims, *, slides: bool
) -> Form:
    """The compressed form of a layer.

    A machine with a raw mode does not use it where nothing is zero, nor where a weight column is a single weight:
    depthwise layers neither skip nor use a second lane (JETCAS 2019).
    """
    pe, lanes = accelerator.sparse_pe, accelerator.lanes
    held = Dims.build(lambda d: dims[d].largest_pe(dims[d].first))
    need = spad_need(layer, dims, slides=slides)

    columns = columns_of(held.M, density.weight, lanes, density.weight_correlation)
    words_per_weight = columns.words / held.M  # a short last column fills its words like a full one
    pairs = PerType(iact=density.iact, weight=words_per_weight * lanes, psum=1.0)
    segment = minimum(held.C * layer.stride_h, need.iact)  # what one slide brings in
    oact_bits = minimum(density.oact * pe.pair_bits, accelerator.oact_bits)
    share = density.iact * density.weight
    weights = product(dims[d].arrays.sum(dims[d].largest_pe).every for d in DIMS)
    return Form(
        compressed=1.0,
        usable=(pe.present > 0) & (((dims.M.extent > 1) & (share < 1)) | (pe.raw_mode <= 0)),
        spad_fits=PerType(
            iact=(need.iact <= pe.weight_columns) & (need.iact * density.iact <= pe.iact_pairs),
            weight=_worst_tile(columns, dims, held, lanes) <= pe.weight_pairs,
            psum=need.psum <= accelerator.spad_words.psum,
        ),
        values=pairs,
        words=PerType(
            iact=(pairs.iact * pe.pair_bits + pe.address_bits / segment) / accelerator.word_bits.iact,
            weight=(pairs.weight * pe.pair_bits + pe.address_bits / held.M) / accelerator.word_bits.weight,
            psum=oact_bits / accelerator.oact_bits,
        ),
        port=PerType(
            iact=pe.iact_noc_pairs_per_cycle,
            weight=pe.weight_noc_pairs_per_cycle,
            psum=accelerator.noc_words_per_cycle.psum,
        ),
        compute=density.iact * words_per_weight * weights,
        refills=window_refills(accelerator, dims),
        waiting=window_waiting(layer, density, accelerator, dims, held, columns),
        work=product(dims[d].extent for d in DIMS) * share,
        fetched=density.iact * pe.pair_bits / accelerator.word_bits.iact,
        weights_read=density.iact * pairs.weight * pe.pair_bits / accelerator.word_bits.weight,
        effectual=share,
    )


def worst_tile_pairs(density: SparsityArrays, accelerator: AcceleratorArrays, dims: Dims) -> Scalar:
    """Pairs that the largest weight tile of the layer is expected to take (JETCAS 2019: the compressed worst case)."""
    held = Dims.build(lambda d: dims[d].largest_pe(dims[d].first))
    columns = columns_of(held.M, density.weight, accelerator.lanes, density.weight_correlation)
    return _worst_tile(columns, dims, held, accelerator.lanes)


def _worst_tile(columns: Columns, dims: Dims, held: Dims, lanes: Scalar) -> Scalar:
    tiles = product(dims[d].pes.count for d in "GMCRS")
    return worst_slots(columns, held.M, product(held[d] for d in "GCRS"), lanes, tiles)
