"""Densities of weights from a checkpoint: a tree of parameters in NPZ or Flax's msgpack, which hold arrays only.

Every array of two or more axes below a module is taken as its kernel, with input channels in the last axis but one as
in Flax (height, width, in, out; or in, out), and names the layer by the path of its module, as :func:`.from_jax` does.
"""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import serialization

from eyeriss_jax.errors import SpecError, first_line, joined
from eyeriss_jax.layers.densities import Densities, LayerDensities, read_npz
from eyeriss_jax.layers.importers.jax_program import module_path

MAX_CHECKPOINT_BYTES = 16 << 30
_SUFFIXES = (".npz", ".msgpack")


def checkpoint_densities(path: Path, bits: int | None = None) -> Densities:
    """Densities of the weights in the checkpoint ``path``; activations stay dense.

    Args:
        path: ``.npz`` with arrays named by path (``Conv_0/kernel``), or ``.msgpack`` of ``flax.serialization``.
        bits: count what an array rounds to zero in so many bits (one scale per array) as zero; None for exact zeros.

    Raises:
        SpecError: another kind of file, one that cannot be read, one without kernels, or kernels that are empty or hold
            NaN or infinity (which no density describes).
    """
    where = f"checkpoint {path}"
    if path.suffix not in _SUFFIXES:
        raise SpecError(f"{where}: must end in {' or '.join(_SUFFIXES)}; formats that can hold code are not read")
    if path.suffix == ".npz":
        leaves = {tuple(key.split("/")): array for key, array in read_npz(path, "checkpoint").items()}
    else:
        leaves = _leaves(_restored(path, where))
    layers: dict[str, LayerDensities] = {}
    kernels = {
        keys: array
        for keys, array in leaves.items()
        if getattr(array, "ndim", 0) >= 2 and jnp.issubdtype(array.dtype, jnp.number)  # NumPy's does not know bfloat16
    }
    if wrong := [f"{'/'.join(keys)} {fault}" for keys, array in kernels.items() if (fault := _fault(array))]:
        raise SpecError(f"{where}: {joined(wrong)}; give the checkpoint of a training that went well")
    for keys, array in kernels.items():
        share = kernel_channels(array, bits)
        layers["/".join(module_path(keys))] = LayerDensities(weight=tuple(map(float, share)))
    if not layers:
        raise SpecError(f"{where}: no array of two or more axes; give a checkpoint of the parameters")
    return Densities(layers=layers, source=path.name)


def _fault(kernel: np.ndarray) -> str:
    """Why a kernel has no density; empty if it has one."""
    if not kernel.size:
        return f"is empty ({' x '.join(map(str, kernel.shape))})"
    bad = kernel.size - np.count_nonzero(np.isfinite(np.asarray(kernel, np.float64)))
    return f"holds {bad:,} of {kernel.size:,} values that are NaN or infinite" if bad else ""


def kernel_channels(kernel: np.ndarray, bits: int | None) -> np.ndarray:
    """Density per input channel of a kernel (..., in, out)."""
    magnitudes = np.abs(np.asarray(kernel, np.float64))
    used = magnitudes > smallest_kept(magnitudes.max(initial=0.0), bits)
    return used.reshape(-1, *used.shape[-2:]).mean((0, 2))


def smallest_kept(largest: Any, bits: int | None) -> Any:
    """The magnitude up to which values round to zero in ``bits`` bits if ``largest`` is the largest that occurs.

    Raises:
        SpecError: no number of bits.
    """
    if bits is None:
        return 0.0 * largest
    if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 32:
        raise SpecError(f"bits = {bits!r} must be an integer from 2 to 32, or None for exact zeros")
    return largest / (2 * (2 ** (bits - 1) - 1))


def _restored(path: Path, where: str) -> Any:
    """The tree in a msgpack file."""
    try:
        if path.stat().st_size > MAX_CHECKPOINT_BYTES:
            raise SpecError(f"{where}: larger than {MAX_CHECKPOINT_BYTES:,} bytes; split it")
        return serialization.msgpack_restore(path.read_bytes())
    except SpecError:
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or f"no msgpack of arrays ({first_line(error)})"
        raise SpecError(f"{where}: {reason}; write it with flax.serialization.to_bytes") from error


def _leaves(tree: Any) -> dict[tuple[str, ...], Any]:
    """Arrays by path."""
    found, rest = {}, [((), tree)]
    while rest:
        keys, value = rest.pop()
        if isinstance(value, dict):
            rest += [((*keys, str(key)), inner) for key, inner in reversed(value.items())]
        else:
            found[keys] = value
    return found
