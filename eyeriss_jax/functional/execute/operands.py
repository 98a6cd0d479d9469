"""Refusals of tensors that are not what a layer computes on: shape, dtype and range, before anything runs."""

import math
from typing import Any, get_args

import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute.arithmetic import Overflow
from eyeriss_jax.functional.execute.memory import tensor_shape
from eyeriss_jax.layers.checks import LARGEST_INTEGER

_INT32_BITS = 31  # value bits of the int32 that psums are computed in


def check_overflow(overflow: Any) -> None:
    """Refuses anything but the two behaviours of an integer psum beyond its width.

    Raises:
        SpecError: with the two.
    """
    if overflow not in get_args(Overflow):
        raise SpecError(f"overflow = {overflow!r} must be one of {', '.join(map(repr, get_args(Overflow)))}")


def check_operands(plan: Plan, iacts: Any, weights: Any) -> None:
    """Refuses operands that the layer or the accelerator's words cannot hold.

    Raises:
        SpecError: with what was given and what is needed.
    """
    layer = plan.layer
    where = f"layer {layer.name!r}"
    shapes = {
        "iacts": (("G", "N", "C", "H", "W"), (layer.G, layer.N, layer.C, *layer.input_hw)),
        "weights": (("G", "M", "C", "R", "S"), (layer.G, layer.M, layer.C, layer.R, layer.S)),
    }
    values = {"iacts": iacts, "weights": weights}
    for name, (axes, shape) in shapes.items():
        if np.shape(values[name]) != shape:
            raise SpecError(
                f"{where}: {name} have shape {np.shape(values[name])} but must be {shape}: [{', '.join(axes)}]"
                + (", without padding" if name == "iacts" else "")
            )
    _check_addresses(where, plan)
    kinds = {name: _kind(where, name, tensor) for name, tensor in values.items()}
    if kinds["iacts"] != kinds["weights"]:
        raise SpecError(
            f"{where}: iacts are {kinds['iacts']} and weights {kinds['weights']}; "
            f"pass both as integers or both in one float type"
        )
    if kinds["iacts"] == "integer":
        bits = plan.accelerator.word_bits
        largest = [_check_range(where, name, values[name], int(bits[name[:-1]])) for name in values]
        _check_sums(where, plan, largest[0] * largest[1])


def _check_addresses(where: str, plan: Plan) -> None:
    """Refuses tensors that 32-bit addresses cannot reach."""
    for data_type in TYPES:
        words = math.prod(tensor_shape(plan.layer, data_type))
        if words > LARGEST_INTEGER:
            raise SpecError(
                f"{where}: {words} {data_type} words are more than 32-bit addresses reach; run a smaller batch or input"
            )


def _kind(where: str, name: str, tensor: Any) -> str:
    """``integer`` or the name of the float type."""
    dtype = np.asarray(tensor).dtype
    if np.issubdtype(dtype, np.integer):
        return "integer"
    if dtype not in (np.float32, np.float64):
        raise SpecError(f"{where}: {name} are {dtype}, but must be int8, uint8, a wider integer, float32 or float64")
    if dtype == np.float64 and jnp.result_type(float) != np.float64:
        raise SpecError(f"{where}: {name} are float64, which needs jax.enable_x64(True); pass float32 or enable it")
    return str(dtype)


def _check_range(where: str, name: str, tensor: Any, bits: int) -> int:
    """Refuses values beyond ``bits``, signed or unsigned as the dtype is; the largest magnitude."""
    tensor = np.asarray(tensor)
    least, most = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if tensor.dtype.kind == "i" else (0, (1 << bits) - 1)
    low, high = int(tensor.min()), int(tensor.max())
    if low < least or high > most:
        raise SpecError(
            f"{where}: {name} go from {low} to {high}, beyond the {bits}-bit range {least} to {most} of "
            f"{tensor.dtype}; quantise them first"
        )
    return max(abs(low), abs(high))


def _check_sums(where: str, plan: Plan, largest_product: int) -> None:
    """Refuses psums so wide that an int32 could overflow before the overflow is seen."""
    bits = int(plan.accelerator.word_bits.psum)
    if not 2 <= bits <= _INT32_BITS:
        raise SpecError(f"{where}: psums of {bits} bits are not supported; set accelerator word_bits.psum from 2 to 31")
    pe, layer = plan.pe_tiles, plan.layer
    psum = min(1 << (bits - 1), layer.C * layer.R * layer.S * largest_product)
    taps = pe["C"] * pe["R"] * pe["S"] * largest_product
    chained = 1
    for dim in "CRS":
        chained *= plan.places.clusters(dim) * plan.places.per_cluster(dim)
    if max(psum + taps, psum * (chained + 1)) >= 1 << _INT32_BITS:
        raise SpecError(
            f"{where}: sums of up to {taps} in a PE and over {chained} PEs may exceed 32 bits unseen; lower "
            f"mapping's spad.C, its spatial C, or accelerator word_bits.psum"
        )
