"""A mapping in a file, field by field: each number that is wrong is told with its own line."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from eyeriss_jax.dataflow.mapping import Mapping, check_order, check_tile
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError, gathered
from eyeriss_jax.hardware.accelerator import AXES

_TILES = ("glb", "spad")  # the others are 1 where a file does not name them
_LEVELS = ("glb", *AXES, "spad")
_ORDERS = ("dram_order", "glb_order")


def read_mapping(layer: str, node: Node) -> Mapping:
    """The mapping of the layer called ``layer`` that ``node`` describes, as ``loop_nest.to_dict`` writes one.

    Raises:
        SpecError: all that is wrong with it, each with its line and the layer.
    """
    where = f"layer {layer!r}"
    fields = _keys(where, node, (*_LEVELS, *_ORDERS), _TILES)
    dims = [(level, fields[level]) for level in _LEVELS if level in fields]
    orders = {level: fields[level] for level in _ORDERS if level in fields}
    given, _ = gathered(
        (partial(_keys, f"{where}: {level}", at, DIMS) for level, at in dims),
        (partial(_placed, at, check_order, where, level) for level, at in orders.items()),
    )
    levels = [(level, tiles) for (level, _), tiles in zip(dims, given, strict=True)]
    gathered(
        partial(_placed, tile, check_tile, where, f"{level}.{dim}")
        for level, tiles in levels
        for dim, tile in tiles.items()
    )
    tiled = {level: Dims(**{dim: tile.value for dim, tile in tiles.items()}) for level, tiles in levels}
    ordered: dict[str, Any] = {level: tuple(at.plain()) for level, at in orders.items()}
    return Mapping(**tiled, **ordered)


def _keys(where: str, node: Node, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Node]:
    """The dictionary that ``node`` must be; an error also says of what."""
    try:
        return node.fields(known, required)
    except SpecError as error:
        raise SpecError(f"{where}: {error.message}", file=error.file, where=error.where) from error


def _placed(node: Node, check: Callable[[str, str, Any], None], where: str, field: str) -> None:
    """Checks the value of a field; an error says where it stands."""
    try:
        check(where, field, node.plain())
    except SpecError as error:
        raise node.error(str(error)) from error
