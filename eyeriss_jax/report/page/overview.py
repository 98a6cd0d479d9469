"""Tables of the page about the whole: the seven steps of the network, and the accelerator."""

import math

from markupsafe import Markup

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware import BITS_PER_KB, Accelerator, Types
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.causes import costliest_layers
from eyeriss_jax.report.losses import Losses, network_bounds, network_losses
from eyeriss_jax.report.page.templating import rendered
from eyeriss_jax.report.steps import STEPS, Step
from eyeriss_jax.report.units import frequency, number, percent, scaled

_LEAST_EXPLAINED_SHARE = 0.0005
_STEP_HEADINGS = (
    ("Step", ""),
    ("What becomes known", "optional"),
    ("Bound (MAC/cycle)", "number"),
    ("Share of array-cycles", "number"),
    ("Costliest layer, and why", ""),
)


def step_table(result: NetworkResult) -> Markup:
    """The seven steps: bound, loss, and the layer that pays most."""
    losses, bounds = network_losses(result), network_bounds(result)
    rows = [
        {
            "number": step.number,
            "label": step.label,
            "constraint": step.constraint,
            "bound": scaled(bound),
            "share": percent(share),
            "why": _why(result, step, losses) if share >= _LEAST_EXPLAINED_SHARE else "",
        }
        for step, bound, share in zip(STEPS, bounds, losses.shares, strict=True)
    ]
    return rendered(
        "page/templates/steps.html",
        headings=_STEP_HEADINGS,
        rows=rows,
        reached=scaled(bounds[-1]),
        useful=percent(losses.useful_share),
    )


def _why(result: NetworkResult, step: Step, losses: Losses) -> str:
    """The layer that pays most at a step, its part, and the reason."""
    culprits = costliest_layers(result, step)
    if not culprits:
        return ""
    worst, cycles = culprits[0]
    part = cycles / losses.steps[step.number - 1]
    return f"{worst.layer.name} ({percent(part)}): {worst.reasons[step.number - 1] or step.loss}"


def hardware_table(spec: Accelerator) -> Markup:
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
    lines = [(name, value, spec.sources.get(field, "")) for name, value, field in rows]
    energy = ("energy table", f"{spec.energy.name} ({spec.energy.unit})", spec.energy.source)
    return rendered("page/templates/hardware.html", rows=[*lines, energy])
