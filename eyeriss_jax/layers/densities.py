"""Densities of a network's layers by channel, as files: measured once, used in every run with ``--sparsity=<file>``.

JSON or YAML holds ``{layer: {iact: [...], weight: [...], oact: 0.5}}`` with a number per input channel, or one number
for the layer. NPZ (NumPy, never pickled) holds arrays called ``<layer>/iact``, ``<layer>/weight`` and ``<layer>/oact``
for networks of many channels.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eyeriss_jax.documents import Node, read_document
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.sparsity import Sparsity

MAX_NPZ_BYTES = 1 << 30
_KINDS = ("iact", "weight", "oact")


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerDensities:
    """Share of values that are not zero: per input channel of the iacts and of the weights, and of all outputs.

    Raises:
        SpecError: no channels, or a density outside [0, 1].
    """

    iact: tuple[float, ...] = (1.0,)
    weight: tuple[float, ...] = (1.0,)
    oact: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what is no density."""
        _ = self.sparsity

    @property
    def sparsity(self) -> Sparsity:
        """As the laws take it: means, and how much channels differ."""
        return Sparsity.of_channels(iact=self.iact, weight=self.weight, oact=self.oact)


@dataclass(frozen=True, kw_only=True, slots=True)
class Densities:
    """The densities of layers by name, and where they come from."""

    layers: Mapping[str, LayerDensities] = field(default_factory=dict)
    source: str

    def of(self, network: Network) -> Network:
        """``network`` with these densities; layers that are not named stay as they are.

        Raises:
            SpecError: layers that the network does not have; the message names them and the source of the densities.
        """
        sparsity = {name: densities.sparsity for name, densities in self.layers.items()}
        try:
            return network.with_sparsity(sparsity, source=f"{network.source}; densities: {self.source}")
        except SpecError as error:
            raise SpecError(f"{self.source} is of another network: {error}") from error

    def write(self, path: Path) -> None:
        """Writes ``path``, as JSON or, with the suffix ``.npz``, NumPy arrays."""
        if path.suffix == ".npz":
            arrays = {f"{name}/{kind}": np.asarray(getattr(each, kind)) for name, each in self.layers.items()
                      for kind in _KINDS}  # fmt: skip
            np.savez_compressed(path, allow_pickle=False, **arrays)
            return
        plain = {
            name: {"iact": each.iact, "weight": each.weight, "oact": each.oact} for name, each in self.layers.items()
        }
        lines = [f" {json.dumps(name)}: {json.dumps(each)}" for name, each in plain.items()]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read_densities(path: Path) -> Densities:
    """The densities in the file ``path``.

    Raises:
        SpecError: the file cannot be read, is too large, or holds anything else; the message says where.
    """
    layers = _from_npz(path) if path.suffix == ".npz" else _from_document(read_document(path, "density file"))
    return Densities(layers=layers, source=path.name)


def _from_document(root: Node) -> dict[str, LayerDensities]:
    layers = {}
    for name, node in root.fields().items():
        given = node.fields(_KINDS)
        iact, weight = (_channels(given[kind]) if kind in given else (1.0,) for kind in ("iact", "weight"))
        try:
            layers[name] = LayerDensities(
                iact=iact, weight=weight, oact=float(given["oact"].number()) if "oact" in given else 1.0
            )
        except SpecError as error:
            raise node.error(f"layer {name!r}: {error}") from error
    return layers


def _channels(node: Node) -> tuple[float, ...]:
    """One density or one per channel."""
    return tuple(float(item.number()) for item in (node.value if isinstance(node.value, list) else [node]))


def _from_npz(path: Path) -> dict[str, LayerDensities]:
    arrays = read_npz(path, "density file")
    given: dict[str, dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        name, _, kind = key.rpartition("/")
        if kind not in _KINDS or not name:
            raise SpecError(f"density file {path}: array {key!r} must be called <layer>/iact, /weight or /oact")
        given.setdefault(name, {})[kind] = array
    layers = {}
    for name, kinds in given.items():
        try:
            iact, weight = (tuple(map(float, np.ravel(kinds.get(kind, [1.0])))) for kind in ("iact", "weight"))
            layers[name] = LayerDensities(iact=iact, weight=weight, oact=float(kinds.get("oact", 1.0)))
        except (SpecError, ValueError, TypeError) as error:
            raise SpecError(f"density file {path}, layer {name!r}: {error}") from error
    return layers


def read_npz(path: Path, what: str) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file; nothing in it is unpickled, and what it unpacks to is bounded.

    Raises:
        SpecError: it cannot be read, is no NPZ file, unpacks to too much, or holds Python objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_NPZ_BYTES:
            raise SpecError(f"{what} {path}: unpacks to {unpacked:,} bytes, more than {MAX_NPZ_BYTES:,}; split it")
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except SpecError:
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or f"no NPZ file of plain arrays ({type(error).__name__})"
        raise SpecError(f"{what} {path}: {reason}; write it with numpy.savez") from error
