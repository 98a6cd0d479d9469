"""The picture of the field in sentences: the paper's claim and the model's answer, and each cell's loss."""

from eyeriss_jax.report.field.cell import FieldCell, Missing
from eyeriss_jax.report.field.matrix import REFERENCE, Chip, FieldMatrix
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import percent

CLAIM = "The paper of Eyeriss v2 says that many existing DNN processors depend on certain DNN properties"


def claim_in_words(matrix: FieldMatrix) -> str:
    """What the paper claims and whether the model agrees, computed from the spread of each machine's utilisation."""
    spread = {chip.name: matrix.least_over_most(chip.name) for chip in matrix.chips}
    others = {name: share for name, share in spread.items() if share is not None and name != REFERENCE}
    own = spread.get(REFERENCE)
    if own is None or not others:
        return f"{CLAIM}; that needs {REFERENCE}, another machine and two networks to compare."
    more = [name for name, share in others.items() if share < own]
    verdict = "the model agrees" if len(more) > len(others) / 2 else "the model does not agree"
    worst = min(others, key=lambda name: others[name])
    network = min(matrix.ran(REFERENCE).items(), key=lambda item: item[1].utilization)
    return (
        f"{CLAIM}; {verdict}: from network to network the utilisation of {len(more)} of {len(others)} other machines "
        f"falls further than that of {REFERENCE}, which keeps {percent(own)} of its best on its worst, {network[0]}; "
        f"{worst} keeps {percent(others[worst])}.{_not_run(matrix)}"
    )


def _not_run(matrix: FieldMatrix) -> str:
    """Machines that depend on properties so much that they do not run some networks at all."""
    total = len(matrix.networks)
    counts = {chip.name: total - len(matrix.ran(chip.name)) for chip in matrix.chips}
    return "".join(f" {name} does not run {count} of {total} networks." for name, count in counts.items() if count)


def left_out_in_words(matrix: FieldMatrix) -> str:
    """What the comparison does not have."""
    without = [chip.name for chip in matrix.chips if not chip.memory]
    told = (
        f" No rate of a memory is known to the laws of {', '.join(without)}: nothing waits for DRAM there, which "
        "flatters them where each weight is used once."
        if without
        else ""
    )
    return f"Each machine has its own size, clock and word width; shares compare them, rates do not.{told}"


def cell_in_words(chip: Chip, network: str, cell: FieldCell | Missing) -> str:
    """Who loses what, where and why, in a sentence or two."""
    if isinstance(cell, Missing):
        return f"{chip.name} does not run {network}: {cell.reason}."
    step = STEPS[cell.largest]
    lost = cell.lost_shares[cell.largest]
    start = f"{chip.name} does useful work in {percent(cell.utilization)} of its {chip.multipliers:,} multipliers' time"
    if lost <= 0:
        return f"{start} on {network} and loses nothing."
    why = f", by {cell.cause}" if cell.cause else f" ({step.loss})"
    where = f" {percent(cell.layer_share)} of that in {cell.layer}." if cell.layer else ""
    return f"{start} on {network}. It loses most, {percent(lost)}, to {step.label}{why}.{where}"


def cell_in_short(cell: FieldCell | Missing) -> str:
    """Utilisation in per cent and the number of the step that loses most, ``76 s7``; a dash where there is no cell."""
    if isinstance(cell, Missing):
        return "-"
    step = f" s{STEPS[cell.largest].number}" if max(cell.lost_shares) > 0 else ""
    return f"{100 * cell.utilization:.0f}{step}"


def short_in_words() -> str:
    """What :func:`cell_in_short` means."""
    steps = ", ".join(f"s{step.number} {step.label}" for step in STEPS)
    return f"Utilisation in per cent and the step of Eyexam that loses most ({steps}); - is not run."
