"""Tables of the page about the whole: the seven steps of the network, and the accelerator."""

import html
import math

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware import BITS_PER_KB, Accelerator, Types
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.causes import costliest_layers
from eyeriss_jax.report.losses import network_bounds, network_losses
from eyeriss_jax.report.page.markup import cells, plain_table, table_row
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import frequency, number, percent, scaled

_LEAST_EXPLAINED_SHARE = 0.0005
_STEP_HEADINGS = (
    ("Step", ""),
    ("What becomes known", "optional"),
    ("Bound (MAC/cycle)", "number"),
    ("Share of array-cycles", "number"),
    ("Costliest layer, and why", ""),
)
_HARDWARE_HEADINGS = (("What", ""), ("Value", ""), ("Source", ""))


def step_table(result: NetworkResult) -> str:
    """The seven steps: bound, loss, and the layer that pays most."""
    losses = network_losses(result)
    rows = []
    for step, bound, share in zip(STEPS, network_bounds(result), losses.shares, strict=True):
        culprits = costliest_layers(result, step)
        why = ""
        if culprits and share >= _LEAST_EXPLAINED_SHARE:
            worst, cycles = culprits[0]
            part = cycles / losses.steps[step.number - 1]
            why = f"{worst.layer.name} ({percent(part)}): {worst.reasons[step.number - 1] or step.loss}"
        key = f'<span class="key s{step.number}"></span>'
        rows.append(
            f'<tr><td class="name">{key}{step.number} {html.escape(step.label)}</td>'
            f"{_known(step.constraint)}{cells(scaled(bound), percent(share), number=True)}{cells(why)}</tr>"
        )
    useful = percent(losses.useful_share)
    reached = scaled(network_bounds(result)[-1])
    rows.append(
        f'<tr><td class="name"><span class="key"></span>useful work</td>{_known("what is left")}'
        f'{cells(reached, useful, number=True)}<td class="soft">of all array-cycles; every step and this add to 100 %'
        "</td></tr>"
    )
    return plain_table(_STEP_HEADINGS, rows, "steps")


def _known(constraint: str) -> str:
    """What a step makes known, which a narrow screen leaves out for the reasons."""
    return f'<td class="optional">{html.escape(constraint)}</td>'


def hardware_table(spec: Accelerator) -> str:
    """The accelerator in a few lines: what, how much, and where the number comes from."""

    def per_type(values: Types) -> str:
        return ", ".join(f"{name} {number(values[name])}" for name in TYPES)

    grid = f"{spec.cluster_rows} × {spec.cluster_cols} clusters of {spec.pe_rows} × {spec.pe_cols} PEs"
    where = "whole array" if spec.noc == "bus" else "cluster (iact), PE row (weight), PE column (psum)"
    dram = (
        f"{number(spec.dram_total_bits_per_cycle)} bits/cycle"
        if math.isfinite(spec.dram_total_bits_per_cycle)
        else "not limited"
    )
    keeps = ", ".join(spec.glb_keeps) or "nothing"
    rows = (
        ("PE array", f"{grid}, {spec.pes} in all", "pe_rows"),
        ("MACs per PE and cycle", str(spec.lanes), "lanes"),
        ("SPad per PE (words)", per_type(spec.spad_words), "spad_words"),
        ("word width (bits)", f"{per_type(spec.word_bits)}, finished psum {spec.oact_bits}", "word_bits"),
        ("GLB", f"{number(spec.glb_total_bits / BITS_PER_KB)} kB, keeps {keeps}", "glb_bits"),
        (f"NoC ({spec.noc})", f"{per_type(spec.noc_words_per_cycle)} words/cycle per {where}", "noc_words_per_cycle"),
        ("delivery hidden behind compute", ", ".join(spec.overlap) or "none", "overlap"),
        ("DRAM", dram, "dram_total_bits_per_cycle"),
        ("clock", frequency(spec.clock_hz), "clock_hz"),
    )
    lines = [table_row(name, value, spec.sources.get(field, "")) for name, value, field in rows]
    energy = table_row("energy table", f"{spec.energy.name} ({spec.energy.unit})", spec.energy.source)
    return plain_table(_HARDWARE_HEADINGS, (*lines, energy), "hardware")
