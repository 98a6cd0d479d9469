"""What an importer finds on its way through a program: layers and other work, named when all is known."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.other_work import OtherWork
from eyeriss_jax.layers.sub_pixel import MOST_PHASES

Path = tuple[str, ...]

# A layer costs about a second of search if no other has its shape; a report of more layers helps nobody.
MOST_LAYERS = 20_000

STUFFED = "stuffed zeros of transposed convolutions, which run as sub-pixel phases"

PADDED = "convolutions that read padding alone"
FOLDED = (
    "a convolution of three axes is counted as a 2-D one per output plane, with the planes of its filter as channels: "
    "input planes that several output planes share count for each"
)

EMPTY = "product of no elements"

_EXAMPLES = 5
_LONGEST_NAME = 160
_SOFTMAX = frozenset({"exp"}), frozenset({"reduce_max", "reduce_sum"})
_NORMALISING = frozenset({"rsqrt"})
_PLAIN = frozenset({"element-wise", "reduction"})


@dataclass(slots=True)
class Part:
    """Other work in one module: element operations by kind, and which operations they are."""

    operations: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class PhaseCount:
    """How many phases and interleaved parts the convolutions of a program have together, its inner ones included."""

    count: int = 0


class Collector:
    """Layers in the order of the program, other work summed by module and repeats.

    A layer is found under the path of its module, and often with the path of its parameter; the longer one names it.
    """

    def __init__(self, source: str, parts: "PhaseCount | None" = None) -> None:
        self.source = source
        self.parts = parts or PhaseCount()
        self.layers: list[tuple[Path, Path, Layer]] = []
        self.others: dict[tuple[Path, int], Part] = {}
        self.notes: dict[str, None] = {}
        self.empty: list[str] = []

    def add_layer(self, path: Path, parameter: Path, layer: Layer) -> None:
        """Takes a layer that the module ``path`` computes with ``parameter``; its name is given later.

        Raises:
            SpecError: more layers than a network may have.
        """
        if len(self.layers) >= MOST_LAYERS:
            raise SpecError(f"{self.source}: more than {MOST_LAYERS:,} layers; write repeated blocks as a loop (scan)")
        self.layers.append((path, parameter, layer))

    def inner(self) -> "Collector":
        """An empty one for a part of the same program, which shares the limits of the whole."""
        return Collector(self.source, self.parts)

    def layers_of(self, name: str, convolution: Convolution, repeat: int = 1) -> list[Layer]:
        """The layers of a convolution, which are not taken yet.

        Raises:
            SpecError: as :meth:`Convolution.layers`, or more phases than all of a network's may have together.
        """
        parts = convolution.parts
        if parts <= MOST_PHASES < parts + self.parts.count:
            raise SpecError(
                f"{self.source}: its convolutions have more than {MOST_PHASES:,} sub-pixel phases and interleaved "
                f"parts together, with {name!r}; give them shorter strides and dilations"
            )
        layers = convolution.layers(name, repeat)
        self.parts.count += parts
        return layers

    def add_convolution(
        self,
        path: Path,
        parameter: Path,
        name: str,
        convolution: Convolution,
        layers: Sequence[Layer],
        repeat: int = 1,
    ) -> None:
        """Takes a convolution of these ``layers``; of a transposed one also its stuffed zeros, as other work.

        Raises:
            SpecError: more layers than a network may have.
        """
        for layer in layers:
            phase = (layer.name.rpartition("/")[2],) if layer.name != name else ()
            self.add_layer((*path, *phase), (*parameter, *phase) if parameter else (), layer)
        if len(convolution.size) > 2:
            self.add_note(FOLDED)
        if layers and convolution.idle_positions:
            outputs = math.prod(convolution.outputs)
            self.add_note(
                f"{convolution.idle_positions:,} of the {outputs:,} output positions of {printable(name)} read padding "
                "alone; they count like all others"
            )
        stuffed = convolution.stuffed_macs - sum(layer.macs * layer.repeat // repeat for layer in layers)
        if stuffed:
            kind = STUFFED if any(step > 1 for step in convolution.input_stride) else PADDED
            self.add_other(path, repeat, kind, stuffed, "zeros")

    def add_note(self, note: str) -> None:
        """Notes, once, what a user should know of how the program was read."""
        self.notes[note] = None

    def add_other(self, path: Path, repeat: int, kind: str, operations: int, operation: str) -> None:
        """Counts ``operations`` element operations called ``operation`` for the module ``path``."""
        part = self.others.setdefault((path, repeat), Part())
        part.operations[kind] += operations
        part.names.add(operation)

    def add_empty(self, path: Path, repeat: int, name: str, shapes: Iterable[Sequence[int]]) -> None:
        """Takes a convolution or product called ``name`` of which an operand, of these ``shapes``, has no element."""
        self.empty.append(printable(f"{name} ({', '.join('x'.join(map(str, shape)) for shape in shapes)})"))
        self.add_other(path, repeat, EMPTY, 0, "product")

    def merge(self, other: "Collector") -> None:
        """Takes all that ``other`` found."""
        for found in other.layers:
            self.add_layer(*found)
        self.notes |= other.notes
        for key, part in other.others.items():
            mine = self.others.setdefault(key, Part())
            mine.operations.update(part.operations)
            mine.names |= part.names
        self.empty += other.empty

    def repeated(self, times: int) -> "Collector":
        """All that was found, ``times`` times."""
        result = Collector(self.source)
        result.layers = [(path, own, replace(layer, repeat=layer.repeat * times)) for path, own, layer in self.layers]
        result.notes = self.notes
        result.others = {(path, repeat * times): part for (path, repeat), part in self.others.items()}
        result.empty = list(self.empty)
        return result

    @property
    def macs(self) -> int:
        """MACs of all layers found so far, repeats included."""
        return sum(layer.macs * layer.repeat for *_, layer in self.layers)

    def network(self, title: str, batch: int | None) -> Network:
        """The network of all that was found.

        Raises:
            SpecError: no layer was found.
        """
        if not self.layers and self.empty:
            raise SpecError(
                f"{self.source} has nothing to map: an axis of size 0 in {'; '.join(self.empty[:_EXAMPLES])}"
                f"{f' and {len(self.empty) - _EXAMPLES} more' if len(self.empty) > _EXAMPLES else ''}; give it a shape "
                "without zeros"
            )
        if not self.layers:
            kinds = sorted({kind for part in self.others.values() for kind in part.operations}) or ["nothing"]
            raise SpecError(
                f"{self.source} has no convolution or matmul to map, only {', '.join(kinds)}"
                f"{''.join(f' ({note})' for note in self.notes)}; give it a program that has one"
            )
        root = _root([path for path, _, _ in self.layers] + [path for path, _ in self.others])
        names = _distinct(
            printable(_name(path[root:], parameter, layer.name)) for path, parameter, layer in self.layers
        )
        layers = tuple(
            layer if layer.name == name else replace(layer, name=name)
            for (_, _, layer), name in zip(self.layers, names, strict=True)
        )
        return Network(
            name=title,
            layers=layers,
            source=self.source,
            batch=batch,
            others=self._others(root),
            notes=tuple(self.notes),
        )

    def _others(self, root: int) -> tuple[OtherWork, ...]:
        """Other work, with the element-wise parts of a softmax or normalisation called by what they make."""
        busy = {path for path, _, _ in self.layers}
        found = []
        for (path, repeat), part in self.others.items():
            whole = _made_of(part.names) if len(path) > root and path not in busy else None
            counts: Counter[str] = Counter()
            for kind, operations in part.operations.items():
                counts[whole if whole and kind in _PLAIN else kind] += operations
            where = printable("/".join(path[root:]))
            found += [
                OtherWork(name=where, kind=kind, operations=count, repeat=repeat) for kind, count in counts.items()
            ]
        return tuple(found)


def _made_of(names: set[str]) -> str | None:
    """What a module without layers computes, told by its operations."""
    if all(some & names for some in _SOFTMAX):
        return "softmax"
    return "normalisation" if _NORMALISING & names else None


def _root(paths: list[Path]) -> int:
    """1 if everything lies in one outermost module, whose name then says nothing."""
    outermost = {path[0] for path in paths if path}
    return 1 if len(outermost) == 1 and any(len(path) > 1 for path in paths) else 0


def _name(path: Path, parameter: Path, fallback: str) -> str:
    """The longer of the two paths; either may be empty."""
    return "/".join(parameter if len(parameter) > len(path) else path) or fallback


def printable(name: str) -> str:
    """A name from a file as a report can show it: no control characters, not too long."""
    shown = name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _distinct(names: Iterable[str]) -> list[str]:
    """Names with ``_2``, ``_3``, ... behind those that occurred before."""
    names = list(names)
    taken, seen, result = set(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        new = name
        while seen[name] > 1 and new in taken:
            new = f"{name}_{seen[name]}"
            if new in taken:
                seen[name] += 1
        taken.add(new)
        result.append(new)
    return result
