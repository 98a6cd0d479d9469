"""Why a mapping is invalid, as a code: invalid mappings are data, not exceptions."""

from enum import IntEnum
from typing import Any

import jax
import jax.numpy as jnp

from eyeriss_jax.dataflow.dataflow import skips_zeros
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dims import DIMS, GROUPS, Dims, PerType, product
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.compressed import worst_tile_pairs
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.storage import glb_need, glb_overflow_bits, spad_need
from eyeriss_jax.model.tiling import Scalar, tile_all
from eyeriss_jax.numerics import real


class Code(IntEnum):
    """The first rule that a mapping breaks; 0 is valid. :data:`SENTENCES` says each in words."""

    VALID = 0
    CLUSTER_ROWS = 1
    CLUSTER_COLS = 2
    PE_ROWS = 3
    PE_COLS = 4
    SPAD_IACT = 5
    SPAD_WEIGHT = 6
    SPAD_PSUM = 7
    SLIDE = 8
    GLB = 9
    REDUCE = 10
    CHAIN = 11


SENTENCES: dict[Code, str] = {
    Code.VALID: "the mapping fits",
    Code.CLUSTER_ROWS: "the factors on the cluster rows multiply to more than there are: lower one of them",
    Code.CLUSTER_COLS: "the factors on the cluster columns multiply to more than there are: lower one of them",
    Code.PE_ROWS: "the factors on the PE rows multiply to more than a cluster has: lower one of them",
    Code.PE_COLS: "the factors on the PE columns multiply to more than a cluster has: lower one of them",
    Code.SPAD_IACT: "the iact window G*C*R*S of the PE tile exceeds the iact SPad: lower spad.C, spad.R or spad.S",
    Code.SPAD_WEIGHT: "the weights G*M*C*R*S of the PE tile exceed the weight SPad: lower spad.M or spad.C",
    Code.SPAD_PSUM: "the psums G*M of the PE tile exceed the psum SPad: lower spad.M",
    Code.SLIDE: "a PE slides along E only when it holds the whole filter column of its cluster: keep R off the PE axes",
    Code.GLB: "the DRAM tile exceeds the GLB: lower the glb tile of M, E, F, C or N",
    Code.REDUCE: "C, R and S are added up over PEs, which this axis cannot do: put them on one of the reduce_axes",
    Code.CHAIN: "PEs along this axis only pass psums on: put nothing but C, R and S on one of the chained_axes",
}


def validity(
    layer: LayerArrays,
    accelerator: AcceleratorArrays,
    mapping: MappingArrays,
    dims: Dims,
    spad_fits: PerType,
    *,
    slides: bool,
) -> Scalar:
    """The :class:`Code` of the first rule broken, as a real scalar; ``spad_fits`` depends on the form of the data."""
    glb = glb_need(layer, dims, oacts_bypass=accelerator.oacts_bypass_glb)
    tangled = (dims.E.pe > 1) & (mapping.pe_rows.R * mapping.pe_cols.R > 1) & (dims.R.pe > layer.stride_h)
    broken = [
        *(product(mapping_axis(mapping, axis)) > getattr(accelerator, axis) for axis in AXES),
        *(~spad_fits[t] for t in ("iact", "weight", "psum")),
        tangled if slides else jnp.asarray(False),
        glb_overflow_bits(glb, accelerator) > 0,
        sum(_unreduced(mapping, axis) * (1 - accelerator.reduces[axis]) for axis in AXES) > 0,
        sum(_separate(mapping, axis) * accelerator.chained[axis] for axis in AXES) > 0,
    ]
    code = real(0)
    for number, is_broken in reversed(list(enumerate(broken, start=1))):
        code = jnp.where(is_broken, real(number), code)
    return code


def _unreduced(mapping: MappingArrays | Mapping, axis: str) -> Any:
    """Places along ``axis`` that hold parts of the same sums, less one."""
    factors = getattr(mapping, axis)
    return product(factors[dim] for dim in GROUPS["CRS"]) - 1


def _separate(mapping: MappingArrays | Mapping, axis: str) -> Any:
    """Places along ``axis`` that hold sums of their own, less one."""
    factors = getattr(mapping, axis)
    return product(factors[dim] for dim in DIMS if dim not in GROUPS["CRS"]) - 1


def mapping_axis(mapping: MappingArrays | Mapping, axis: str) -> list[Any]:
    """The spatial factors of all dimensions on one physical axis."""
    factors = getattr(mapping, axis)
    return [factors[dim] for dim in DIMS]


def explain(layer: Layer, accelerator: Accelerator, mapping: Mapping, code: int, conventions: Conventions) -> str:
    """One sentence on why ``mapping`` does not fit, with the numbers, and how to mend it."""
    dims = tile_all(layer.build().dims, mapping.build())
    arrays = jax.tree.map(real, (layer.build(), accelerator.build()))
    reason = Code(code)
    field = broken_field(accelerator, mapping, code)
    given = ", ".join(
        f"{field}.{dim} = {getattr(mapping, field)[dim]}" for dim in DIMS if getattr(mapping, field)[dim] > 1
    )
    if reason.name.startswith("SPAD_"):
        data_type = reason.name.removeprefix("SPAD_").lower()
        need = spad_need(arrays[0], dims, slides=conventions.sliding_window)[data_type]
        numbers = f"{float(need):,.0f} words needed, {accelerator.spad_words[data_type]:,g} there"
        numbers += _pairs_in_words(layer, accelerator, arrays, dims, reason)
    elif reason is Code.GLB:
        need = glb_need(arrays[0], dims, oacts_bypass=arrays[1].oacts_bypass_glb)
        words = ", ".join(f"{t} {float(need[t]):,.0f}" for t in accelerator.glb_keeps)
        own = [f"{t} {accelerator.glb_bits[t]:,.0f}" for t in accelerator.glb_keeps if accelerator.glb_bits[t]]
        shared = [f"{accelerator.glb_shared_bits:,.0f} for all"] if accelerator.glb_shared_bits else []
        numbers = (
            f"words per cluster: {words}; {float(glb_overflow_bits(need, arrays[1])):,.0f} bits more than the "
            f"{' and '.join([*own, *shared])} there"
        )
    elif reason is Code.SLIDE:
        spread = mapping.pe_rows.R * mapping.pe_cols.R
        numbers = f"R={mapping.spad.R} in the PE, {spread} PEs along R, stride {layer.stride[0]}"
    elif reason is Code.REDUCE:
        numbers = f"{_unreduced(mapping, field) + 1} places along {field}; reduce_axes: {accelerator.reduce_axes}"
    elif reason is Code.CHAIN:
        numbers = (
            f"{_separate(mapping, field) + 1} separate sums along {field}; chained_axes: {accelerator.chained_axes}"
        )
    else:
        numbers = f"{product(mapping_axis(mapping, field))} needed, {getattr(accelerator, field)} there"
    return (
        f"layer {layer.name!r}: the mapping does not fit {accelerator.name!r}: {SENTENCES[reason]} ({given}: {numbers})"
    )


def broken_field(accelerator: Accelerator, mapping: Mapping, code: int) -> str:
    """The level of ``mapping`` that breaks the rule: the one whose factors are to change."""
    reason = Code(code)
    if reason is Code.REDUCE:
        return next(a for a in AXES if a not in accelerator.reduce_axes and _unreduced(mapping, a))
    if reason is Code.CHAIN:
        return next(a for a in AXES if a in accelerator.chained_axes and _separate(mapping, a))
    if reason is Code.SLIDE:
        return "pe_rows" if mapping.pe_rows.R > 1 else "pe_cols"
    return "glb" if reason is Code.GLB else "spad" if reason.name.startswith("SPAD_") else reason.name.lower()


def _pairs_in_words(layer: Layer, accelerator: Accelerator, arrays: Any, dims: Dims, reason: Code) -> str:
    """What the largest compressed tile would take, where the layer could run compressed."""
    pe = accelerator.sparse_pe
    if pe is None or reason is not Code.SPAD_WEIGHT or not skips_zeros(layer, accelerator):
        return ""
    pairs = worst_tile_pairs(jax.tree.map(real, layer.sparsity.build()), arrays[1], dims)
    return f"; compressed {float(pairs):,.0f} pairs in the largest tile, {pe.weight_pairs:,g} there"
