"""ONNX's Einsum of any number of operands as products of two.

Operands are multiplied from left to right, as ONNX Runtime does; what neither the result nor a later operand names is
summed at the first product that can. A letter of one operand alone that is summed costs additions, no product, and so
does a diagonal (a letter twice in one operand).
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.onnx_products import Node, Operand, Shape, product_of, text_of
from eyeriss_jax.layers.importers.origins import after_product
from eyeriss_jax.layers.layer import Layer


class _Factor(NamedTuple):
    """An operand: the extent of each of its letters."""

    extents: dict[str, int]
    operand: Operand


def einsum(node: Node) -> list[Layer]:
    """An Einsum's products; one that sums nothing is none, nor is one of a single operand.

    Raises:
        SpecError: an equation that does not fit the operands.
    """
    equation = text_of(node.attributes["equation"]).replace(" ", "")
    terms, arrow, result = equation.partition("->")
    operands = [node.operand(index) for index in range(len(node.inputs))]
    _check_result(node, terms, result)
    spelled = [_spelled(node, term, each.shape) for term, each in zip(terms.split(","), operands, strict=True)]
    factors = [
        _Factor(dict(zip(letters, each.shape, strict=True)), each)
        for letters, each in zip(spelled, operands, strict=True)
    ]
    for letter, extents in _extents(factors).items():
        if len(extents - {1}) > 1:
            raise SpecError(
                f"layer {node.name!r}: an Einsum has axes {letter!r} of {sorted(extents)}, which do not multiply; "
                f"export it again"
            )
    kept = _kept(spelled, result if arrow else None)
    products = []
    for index, right in enumerate(factors[1:], start=1):
        later = {letter for factor in factors[index + 1 :] for letter in factor.extents}
        name = node.name if len(factors) == 2 else f"{node.name}/{index}"
        found, factors[index] = _product(name, factors[index - 1], right, kept | later)
        products += found
    return products


def _check_result(node: Node, terms: str, result: str) -> None:
    """Refuses a result that has an axis twice, or one that no operand has; ONNX's inference accepts the first."""
    letters = result.replace("...", "")
    wrong = next((each for each in letters if letters.count(each) > 1 or each not in terms), None)
    if wrong is not None:
        what = "twice" if wrong in terms else "of no operand"
        raise SpecError(
            f"layer {node.name!r}: the result {result!r} of an Einsum names axis {wrong!r} {what}; name each axis of "
            f"the operands once at most"
        )


def _extents(factors: Sequence[_Factor]) -> dict[str, set[int]]:
    """All extents that each letter has in the operands."""
    found: dict[str, set[int]] = {}
    for factor in factors:
        for letter, extent in factor.extents.items():
            found.setdefault(letter, set()).add(extent)
    return found


def _product(name: str, left: _Factor, right: _Factor, kept: set[str]) -> tuple[list[Layer], _Factor]:
    """The product of two factors, of which ``kept`` letters stay: its layer, if it sums anything, and what it makes.

    Where an axis of 1 meets a longer one, the longer belongs to the rows of its own operand.
    """
    both = [letter for letter in left.extents if letter in right.extents]
    extents = {
        letter: max(left.extents.get(letter, 1), right.extents.get(letter, 1))
        for letter in (*left.extents, *right.extents)
        if letter in kept
    }
    made = _Factor(extents, _made(left.operand, right.operand, tuple(extents.values())))
    if all(letter in kept for letter in both):
        return [], made
    summed = math.prod(max(left.extents[each], right.extents[each]) for each in both if each not in kept)
    groups = math.prod(
        left.extents[each] for each in both if each in kept and left.extents[each] == right.extents[each]
    )
    rows = [
        math.prod(extent for each, extent in own.items() if each in kept and extent != other.get(each))
        for own, other in ((left.extents, right.extents), (right.extents, left.extents))
    ]
    return [product_of(name, rows, summed, groups, left.operand, right.operand)], made


def _made(left: Operand, right: Operand, shape: Shape) -> Operand:
    """What a product hands on to the next, in the width of its own operands."""
    return Operand(shape, after_product([left.origin, right.origin]), left.bits)


def _kept(terms: Sequence[Sequence[str]], result: str | None) -> set[str]:
    """The letters of the result; without one, as in NumPy, the ellipsis and those that occur once."""
    hidden = {letter for term in terms for letter in term if letter.startswith(".")}
    if result is None:
        times = Counter(letter for term in terms for letter in term)
        return hidden | {letter for letter, count in times.items() if count == 1}
    return set(result.replace("...", "")) | (hidden if "..." in result else set())


def _spelled(node: Node, term: str, shape: Shape) -> list[str]:
    """The axes of one operand; those under an ellipsis are numbered from the right."""
    before, dots, after = term.partition("...")
    hidden = [f"...{index}" for index in range(len(shape) - len(before) - len(after), 0, -1)] if dots else []
    letters = [*before, *hidden, *after]
    if len(letters) != len(shape):
        raise SpecError(
            f"layer {node.name!r}: an Einsum names {len(letters)} axes of an operand that has {len(shape)}; export it "
            f"again"
        )
    return letters
