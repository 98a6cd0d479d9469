"""Numbers as people read them: three significant digits, thousands separators, a unit."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from eyeriss_jax.model.records import unit_name
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.space import JOULES

_SUFFIXES: tuple[tuple[float, str], ...] = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_DECADES = 1e4
_SMALLEST_POSITIONAL = 1e-3
_JOULES: tuple[tuple[float, str], ...] = ((1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ"))
_BYTES: tuple[tuple[float, str], ...] = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def number(value: float) -> str:
    """A whole number in full, any other with three significant digits: 9,999, 12.3, 0.123."""
    return f"{value:,.0f}" if math.isfinite(value) and value == round(value) else significant(value)


def significant(value: float) -> str:
    """``value`` with three significant digits: 0.123, 18.0, 1,235."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "n/a"
    rounded = float(f"{value:.3g}")
    if rounded == 0 or abs(rounded) >= 100:
        return f"{value:,.0f}"
    if abs(rounded) < 1e-3:
        return f"{value:.2e}"
    return f"{value:.{2 - math.floor(math.log10(abs(rounded)))}f}"


def scaled(value: float, unit: str = "") -> str:
    """``value`` with an SI prefix from ten thousand on: 9,999, 12.3 k, 4.56 G; then the unit."""
    for size, suffix in _SUFFIXES:
        if math.isfinite(value) and abs(value) >= max(size * 0.9995, 1e4):
            return f"{significant(value / size)} {suffix}{unit}"
    return f"{number(value)} {unit}".rstrip()


def compact(value: float) -> str:
    """``value`` in at most five characters or so, for narrow columns: 9999, 12.3k, 4.56G."""
    return scaled(value).replace(" ", "").replace(",", "")


def alike(values: Iterable[float], digits: int = 3) -> Callable[[float], str]:
    """How the numbers of one column are shown: all with the same decimals, so that they can be compared at a glance.

    The largest has at least ``digits`` significant digits and the smallest two, but none has more than four decimals;
    where all are too small for that they are powers of ten.
    """
    known = [abs(value) for value in values if math.isfinite(value) and value]
    if not known or all(value == round(value) for value in known):
        return number
    largest, smallest = (math.floor(math.log10(value)) for value in (max(known), min(known)))
    decimals = min(4, max(0, digits - 1 - largest, 1 - smallest))
    form = f",.{decimals}f" if largest > -3 else f".{digits - 1}e"
    return lambda value: format(value, form) if math.isfinite(value) else significant(value)


def ticks(values: Sequence[float]) -> list[str]:
    """The numbers along one axis or colour bar, all written alike: one SI prefix, and decimals only where needed.

    Evenly spaced numbers have the same decimals: 0, 2.5k, 5.0k. Of others zeros at the end say nothing: 0.5, 1, 1.25.
    Where they span four decades or more each has a prefix of its own: 0.1, 10, 1k, 100k.
    """
    known = [abs(value) for value in values if math.isfinite(value) and value]
    largest = max(known, default=0.0)
    if known and largest >= _DECADES * min(known):
        return [_signed(_own_prefix(value)) for value in values]
    if known and largest < _SMALLEST_POSITIONAL:
        return [_signed(f"{value:.1e}" if value else "0") for value in values]
    size, suffix = next((each for each in _SUFFIXES if largest >= max(each[0] * 0.9995, 1e4)), (1.0, ""))
    decimals = _decimals([value / size for value in known])
    if suffix and decimals > 1:  # 256, 1,024 and 16,384 say more than 0.256k
        size, suffix, decimals = 1.0, "", _decimals(known)
    gaps = [after - before for before, after in pairwise(values)]
    evenly = len(gaps) > 1 and all(math.isclose(gap, gaps[0], rel_tol=1e-6) for gap in gaps)

    def written(value: float) -> str:
        text = f"{value / size:,.{decimals}f}"
        return _signed(text if evenly or not decimals else text.rstrip("0").rstrip(".")) + suffix

    return [written(value) if value else "0" for value in values]


def _decimals(values: Sequence[float]) -> int:
    """The fewest decimals, of up to six, with which nothing of these is lost."""
    least = 1e-6 * max(values, default=0.0)
    return next((d for d in range(6) if all(abs(round(value, d) - value) <= least for value in values)), 6)


def _own_prefix(value: float) -> str:
    size, suffix = next((each for each in _SUFFIXES if abs(value) >= each[0] * 0.9995), (1.0, ""))
    return f"{float(f'{value / size:.3g}'):.12f}".rstrip("0").rstrip(".") + suffix


def _signed(text: str) -> str:
    """A number with the sign that typesetters call minus."""
    return text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share of one as a percentage: 41 %, <1 %, 0 %."""
    text = f"{100 * share:.0f} %"
    return "<1 %" if share > 0 and text == "0 %" else text


def gap(share: float) -> str:
    """A difference as a percentage of what it is a difference from: 0.12 %, 0.00 %."""
    return f"{100 * share:.2f} %"


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number of things: 1 layer, 28 layers, 1,024 designs; ``plural`` where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it: 12.3 ms."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{significant(seconds / size)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


def data(bits: float) -> str:
    """An amount of data in the unit that suits it: 41.1 kB, 15.4 MB (10^3, 10^6 bytes)."""
    factor, unit = data_unit(bits)
    return f"{significant(bits * factor)} {unit}"


def data_unit(most: float) -> tuple[float, str]:
    """The unit that suits amounts of up to ``most`` bits, and the factor from bits to it."""
    size, unit = next((each for each in _BYTES if most / 8 >= each[0] * 0.9995), (1.0, "bytes"))
    return 1 / (8 * size), unit


def cost(objective: str, value: float, energy_unit: str) -> str:
    """What a mapper's objective comes to, with its unit: 1.25 mJ, 129 J x cycles; ``energy_unit``: the table's."""
    counts = [term.counts for term in OBJECTIVES[objective].terms]
    if "energy" not in counts:
        return f"{scaled(value)} {' x '.join(counts)}"
    return " x ".join([energy(value, energy_unit), *(each for each in counts if each != "energy")])


def cost_unit(objective: str, energy_unit: str) -> str:
    """The unit of a mapper's objective as files hold it: ``cycles``, ``pJ x cycles``; ``energy_unit``: the table's."""
    counts = [term.counts for term in OBJECTIVES[objective].terms]
    return " x ".join([*([energy_unit] if "energy" in counts else []), *(each for each in counts if each != "energy")])


def energy(value: float, unit: str) -> str:
    """An energy given in ``unit``, in the unit that suits it: 1.25 mJ; another one is kept: 45.6 k (16-bit MACs)."""
    if unit not in JOULES:
        return f"{scaled(value)} ({unit_name(unit)})"
    factor, name = energy_unit(value, unit)
    return f"{significant(value * factor)} {name}"


def energy_unit(most: float, unit: str) -> tuple[float, str]:
    """The unit that suits energies up to ``most``, and the factor from ``unit`` to it; another unit is kept."""
    if unit not in JOULES:
        return 1.0, unit_name(unit)
    size, name = next((each for each in _JOULES if most * JOULES[unit] >= each[0] * 0.9995), (1e-12, "pJ"))
    return JOULES[unit] / size, name


def frequency(hertz: float) -> str:
    """A clock frequency in MHz."""
    return f"{number(hertz / 1e6)} MHz"
