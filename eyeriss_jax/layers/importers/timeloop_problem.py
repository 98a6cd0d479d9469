"""Timeloop problems as layers: a YAML file with a shape (dimensions and projections) and an instance (extents).

Reads versions 0.2 to 0.4. Names of dimensions and data spaces are free in Timeloop; what a dimension is follows from
the data spaces that it indexes, as in ``RELEVANT`` of :mod:`eyeriss_jax.dims`: all three make it G, the output and the
weights M, the output and the inputs N (or E and F where it slides under a filter), the two inputs C (or R and S).
Several dimensions of one kind count as one: heads and batch of an attention are both G.
"""

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from eyeriss_jax.dims import DIMS
from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import Pair, check_integer
from eyeriss_jax.layers.importers.collector import FOLDED
from eyeriss_jax.layers.importers.timeloop_template import read_template
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network

MAX_FILES = 2000

# Keys of an instance that Timeloop's front end keeps beside extents and coefficients; Timeloop itself pads nothing.
_BESIDE_EXTENTS = ("densities", "data_densities", "commonDensity", "H", "W", "Hpad", "Wpad", "name", "notes")
_KINDS = {(True, True, True): "G", (True, False, True): "M", (False, True, True): "N", (True, True, False): "C"}
# Output channels are K in Timeloop's own cnn-layer, M in files that name the shape but follow the papers.
_CNN = {
    "Weights": "C K R S",
    "Inputs": "N C R*Wdilation+P*Wstride S*Hdilation+Q*Hstride",
    "Outputs": "N K Q P",
}
_CNN_OF_M = {name: ranks.replace("K", "M") for name, ranks in _CNN.items()}
_NAMED_SHAPES = {"cnn-layer": _CNN, "cnn_layer": _CNN, "gemm_abz": {"A": "M K", "B": "N K", "Z": "M N"}}


class Term(NamedTuple):
    """One term of a projection: a dimension, and the coefficient that multiplies it ("" for 1)."""

    dim: str
    coefficient: str


class Space(NamedTuple):
    """A data space: its name, the sums that index it, and whether it is the output."""

    name: str
    ranks: tuple[tuple[Term, ...], ...]
    is_output: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A Timeloop problem in our terms.

    Attributes:
        layer: what is computed.
        dims: our dimension for each of Timeloop's.
        extents: the extent of each of Timeloop's dimensions.
        types: our data type for each data space.
        folded: what slides along a third axis: its positions count as images, its taps as channels, and the overlap of
            its windows is not known here.
        notes: what a user should know of how the file was read.
    """

    layer: Layer
    dims: dict[str, str]
    extents: dict[str, int]
    types: dict[str, str]
    folded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def transposed(self) -> "Problem":
        """The same problem with height and width exchanged."""
        other = {"E": "F", "F": "E", "R": "S", "S": "R"}
        layer = self.layer
        turned = {d: layer.extent(other.get(d, d)) for d in DIMS}
        return replace(
            self,
            layer=_layer(layer.name, turned, _swapped(layer.stride), _swapped(layer.dilation)),
            dims={name: other.get(d, d) for name, d in self.dims.items()},
        )


def _swapped(pair: Pair) -> Pair:
    return pair[1], pair[0]


def _layer(name: str, sizes: dict[str, int], stride: Pair, dilation: Pair) -> Layer:
    """The layer of these extents; one without filter and map is a matmul."""
    E, F, R, S, G, N, M, C = (sizes[dim] for dim in "EFRSGNMC")
    operation = "matmul" if E == F == R == S == 1 else "conv"
    return Layer(
        name=name, E=E, F=F, R=R, S=S, G=G, N=N, M=M, C=C, stride=stride, dilation=dilation, operation=operation
    )


def timeloop_network(where: str, batch: int = 1) -> Network:
    """The network of the problem file ``where``, or of all problem files in the folder ``where``, by name.

    Raises:
        SpecError: no such file, whatever is wrong with one, or a batch, which the files give themselves.
    """
    if batch != 1:
        raise SpecError(f"network timeloop:{where}: a problem gives its own batch; set N there and leave batch at 1")
    path = Path(where)
    files = sorted((*path.glob("*.yaml"), *path.glob("*.yml")), key=_natural) if path.is_dir() else [path]
    if not 0 < len(files) <= MAX_FILES:
        raise SpecError(f"network timeloop:{where}: {len(files):,} YAML files there, must be 1 to {MAX_FILES:,}")
    problems = [read_problem(file) for file in files]
    notes = [FOLDED] if any(problem.folded for problem in problems) else []
    notes += dict.fromkeys(note for problem in problems for note in problem.notes)
    layers = tuple(problem.layer for problem in problems)
    return Network(name=path.stem, layers=layers, source=f"Timeloop problem {where}", notes=tuple(notes))


def _natural(path: Path) -> list[tuple[int, str]]:
    """A sort key by which layer2 comes before layer10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,18})", path.name)]


def read_problem(path: Path) -> Problem:
    """The problem in the file ``path``; other parts of a Timeloop specification may be in it too.

    Raises:
        SpecError: whatever is wrong with it, with line and column.
    """
    problem = read_template(path, "Timeloop problem").fields(required=["problem"])["problem"]
    if isinstance(problem.value, list):
        raise problem.error(f"{len(problem.value)} problems in one file; give each in a file of its own, in one folder")
    fields = problem.fields()
    instance = fields.get("instance", problem)
    spaces, dimensions, coefficients = _shape(fields.get("shape"), problem, instance.fields())
    beside = ("shape", "version", *_BESIDE_EXTENTS)
    meant = {name: _meant(name, dimensions, coefficients) for name in instance.value}
    spelled = [name for name, known in meant.items() if name != known]
    given = instance.fields(
        [*dimensions, *coefficients, *(beside if instance is problem else _BESIDE_EXTENTS), *spelled]
    )
    extents, steps = {}, dict(coefficients)
    for name, node in sorted(given.items(), key=lambda each: each[0] in spelled):  # theirs count where both are given
        known = meant[name]
        if known in dimensions or known in coefficients:
            if isinstance(node.value, str):
                raise node.error(f"{name} is the variable {node.spelled[:40]!r}; write its number")
            check_integer(node.place, name, node.integer())
            (extents if known in dimensions else steps)[known] = node.integer()
    for name in dimensions:
        if name not in extents:
            raise instance.error(f"dimension {name!r} has no extent; add '{name}: 1'")
    notes = tuple(f"{name} of a problem is read as {meant[name]}, the spelling that Timeloop knows" for name in spelled)
    return replace(_in_our_terms(path.stem, problem, spaces, extents, steps), notes=notes)


def _meant(name: str, dimensions: list[str], coefficients: dict[str, int]) -> str:
    """The coefficient that a key of an instance means: Timeloop's own library has HStride for Hstride."""
    alike = [each for each in coefficients if each.lower() == name.lower()]
    return name if name in (*dimensions, *coefficients) or len(alike) != 1 else alike[0]


def _shape(node: Node | None, problem: Node, given: dict[str, Node]) -> tuple[list[Space], list[str], dict[str, int]]:
    """Data spaces, dimensions, and coefficients with their defaults; ``given`` are the keys of the instance."""
    if node is None or not isinstance(node.value, dict):
        name = "cnn-layer" if node is None else node.text().lower()
        if name not in _NAMED_SHAPES:
            raise (node or problem).error(f"shape {name!r} is not built in; write the shape out, or use cnn-layer")
        shape = _NAMED_SHAPES[name]
        if shape is _CNN and "M" in given and "K" not in given:
            shape = _CNN_OF_M
        spaces = [_named_space(each, ranks) for each, ranks in shape.items()]
        terms = [term for space in spaces for rank in space.ranks for term in rank]
        return spaces, list(dict.fromkeys(t.dim for t in terms)), {t.coefficient: 1 for t in terms if t.coefficient}
    fields = node.fields(
        ["name", "version", "dimensions", "coefficients", "data-spaces", "data_spaces"], ["dimensions"]
    )
    dimensions = [each.text() for each in fields["dimensions"].items()]
    coefficients = {}
    for each in fields["coefficients"].items() if "coefficients" in fields else []:
        entry = each.fields(["name", "default"], ["name"])
        coefficients[entry["name"].text()] = entry["default"].integer() if "default" in entry else 1
    listed = fields.get("data-spaces", fields.get("data_spaces"))
    if listed is None:
        raise node.error("the key 'data-spaces' is missing; list the weights, the inputs and the outputs")
    return [_space(each, dimensions, coefficients) for each in listed.items()], dimensions, coefficients


def _named_space(name: str, ranks: str) -> Space:
    """A data space of a built-in shape, from a short form such as ``"N C R*Wdilation+P*Wstride"``."""
    parts = [[term.partition("*") for term in rank.split("+")] for rank in ranks.split()]
    terms = tuple(tuple(Term(dim, coefficient) for dim, _, coefficient in rank) for rank in parts)
    return Space(name, terms, is_output=name in ("Outputs", "Z"))


def _space(node: Node, dimensions: list[str], coefficients: dict[str, int]) -> Space:
    fields = node.fields(["name", "projection", "read-write", "read_write"], ["name", "projection"])
    output = fields.get("read-write", fields.get("read_write"))
    ranks = []
    for rank in fields["projection"].items():
        terms = []
        # Timeloop's first files write the rank [[R]] as R.
        for term in rank.items() if isinstance(rank.value, list) else [rank]:
            written = term.items() if isinstance(term.value, list) else [term]
            dim, *rest = names = [each.text() for each in written] or [""]
            if dim not in dimensions or len(names) > 2 or any(each not in coefficients for each in rest):
                known = f"dimensions {', '.join(dimensions)}; coefficients {', '.join(coefficients) or 'none'}"
                raise term.error(f"the term {names} must be [dimension] or [dimension, coefficient] ({known})")
            terms.append(Term(dim, "".join(rest)))
        ranks.append(tuple(terms))
    return Space(fields["name"].text(), tuple(ranks), is_output=output is not None and output.flag())


def _in_our_terms(
    name: str, problem: Node, spaces: list[Space], extents: dict[str, int], steps: dict[str, int]
) -> Problem:
    """The problem as a layer, with what its dimensions and data spaces are."""
    outputs = [space for space in spaces if space.is_output]
    inputs = [space for space in spaces if not space.is_output]
    if len(outputs) != 1 or len(inputs) != 2:
        raise problem.error(
            f"{len(inputs)} inputs and {len(outputs)} outputs; a layer here multiplies two inputs into one output, "
            "which is the data space with 'read-write: true'; leave out files that multiply nothing, such as pooling"
        )
    iact, weight = _iact_and_weight(problem, inputs)
    roles: dict[str, str] = {}
    stride, dilation = {"E": 1, "F": 1}, {"E": 1, "F": 1}
    indexed = {space.name: {term.dim for rank in space.ranks for term in rank} for space in spaces}
    sliding = [rank for rank in iact.ranks if _slides(rank)]
    folded: list[str] = []
    for rank in sliding[:-2]:
        position, tap = _sliding(problem, rank, indexed[outputs[0].name])
        roles |= {term.dim: role for term, role in ((position, "N"), (tap, "C")) if term}
        folded += [term.dim for term in (position, tap) if term]
    for rank, (e, r) in zip(sliding[-2:], (("E", "R"), ("F", "S")), strict=False):
        position, tap = _sliding(problem, rank, indexed[outputs[0].name])
        if position:
            roles[position.dim], stride[e] = e, steps.get(position.coefficient, 1)
        if tap:
            roles[tap.dim], dilation[e] = r, steps.get(tap.coefficient, 1)
    of_weight, of_iact, of_output = (indexed[space.name] for space in (weight, iact, outputs[0]))
    for dim, extent in extents.items():
        role = _KINDS.get((dim in of_weight, dim in of_iact, dim in of_output))
        if dim not in roles and role is None and extent > 1:
            raise problem.error(
                f"dimension {dim!r} must index at least two of the three data spaces, or be 1 (slices of a word and "
                "copies of one operand are no dimensions of a layer)"
            )
        roles.setdefault(dim, role or "")
    sizes = {d: math.prod(extents[dim] for dim, role in roles.items() if role == d) for d in DIMS}
    try:
        layer = _layer(name, sizes, (stride["E"], stride["F"]), (dilation["E"], dilation["F"]))
    except SpecError as error:
        raise problem.error(str(error)) from error
    types = {weight.name: "weight", iact.name: "iact", outputs[0].name: "psum"}
    return Problem(layer=layer, dims=roles, extents=extents, types=types, folded=tuple(folded))


def _iact_and_weight(problem: Node, inputs: list[Space]) -> tuple[Space, Space]:
    """Which input is the iact: the one with an axis that slides; else by name; else the second, as in A x B."""
    sliding = [space for space in inputs if any(_slides(rank) for rank in space.ranks)]
    if len(sliding) > 1:
        raise problem.error(f"{sliding[0].name!r} and {sliding[1].name!r} both slide; one input must be plain")
    if not sliding:
        sliding = [space for space in inputs if re.search("input|iact|ifmap|activation", space.name.lower())][:1]
    if not sliding:
        sliding = [space for space in inputs if not re.search("weight|filter", space.name.lower())][-1:]
    iact = sliding[0] if sliding else inputs[1]
    return iact, next(space for space in inputs if space is not iact)


def _slides(rank: tuple[Term, ...]) -> bool:
    return len(rank) > 1 or any(term.coefficient for term in rank)


def _sliding(problem: Node, rank: tuple[Term, ...], output: set[str]) -> tuple[Term | None, Term | None]:
    """The output position and the filter tap of a sum such as ``P*Wstride + R*Wdilation``."""
    positions = [term for term in rank if term.dim in output]
    taps = [term for term in rank if term.dim not in output]
    if len(positions) > 1 or len(taps) > 1:
        raise problem.error(f"the index {' + '.join(term.dim for term in rank)} must be one position and one tap")
    return positions[0] if positions else None, taps[0] if taps else None
