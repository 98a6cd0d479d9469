"""Power of the Eyeriss v1 chip on AlexNet CONV1-5, batch 4, measured at 1 V and 200 MHz (ISSCC 2016, JSSC 2017).

Nothing of this file was fitted: the energies are those of :func:`~eyeriss_jax.hardware.energy.eyeriss_65nm`, whose two
constants come from v2, in the 16-bit words of the chip; its clock drives the gates that the area model counts. Zero
iacts gate their MAC and weight reads. While feature maps are on their way from and to DRAM, only the clock runs.
"""

import math
from dataclasses import dataclass, replace
from functools import cache

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.area import area_of
from eyeriss_jax.hardware.energy import eyeriss_65nm
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.model.evaluation import Energy
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.eyeriss_v1_chip import CHIP, IACT_DENSITY, ChipRun, chip_runs
from eyeriss_jax.search.mapping import evaluate_exactly

_TABLE_5 = "ISSCC 2016, JSSC 2017 Table V"
_SPLIT = "ISSCC 2016, power split"
_BUSES = (
    "a word on a bus of v1 costs its way to the PEs that take it, one inter-PE distance each; on the chip it drives "
    "the Y bus and X buses over their whole length, and every controller on them compares its tag"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Energy of one layer's processing in pJ, and what the clock takes in its DRAM phase; both times in ms."""

    energy: Energy
    waiting_pj: float
    ms: float

    @property
    def pj(self) -> float:
        """Energy of the chip, without DRAM."""
        return self.energy.total - self.energy.dram + self.waiting_pj

    @property
    def clock_pj(self) -> float:
        """What the clock takes of it."""
        return self.energy.static + self.waiting_pj


def chip() -> Accelerator:
    """The chip with energies in pJ: a flat array without links between clusters."""
    machine = accelerator(CHIP)
    return machine.replace(
        energy=eyeriss_65nm("v1 chip", machine.word_bits, area_of(machine).logic / 1e3, cluster_mm=0.0)
    )


@cache
def runs() -> dict[str, Run]:
    """The five layers by name, with the densities of their iacts."""
    machine = chip()

    def run(name: str, on_chip: ChipRun) -> Run:
        layer = replace(on_chip.layer, sparsity=replace(on_chip.layer.sparsity, iact=IACT_DENSITY[name]))
        cycles = on_chip.dram_phase_ms * 1e-3 * machine.clock_hz
        return Run(
            energy=evaluate_exactly(machine, layer, on_chip.mapping).energy,
            waiting_pj=cycles * machine.energy.static_per_cycle,
            ms=on_chip.processing_ms + on_chip.dram_phase_ms,
        )

    return {name: run(name, on_chip) for name, on_chip in chip_runs().items()}


def milliwatts(*layers: str) -> float:
    """Mean power while the layers run, one after the other; all five by default."""
    chosen = [runs()[name] for name in layers or runs()]
    return sum(run.pj for run in chosen) * 1e-9 / (sum(run.ms for run in chosen) * 1e-3)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*map(_layer, chip_runs()), *_totals())


def _layer(name: str) -> Claim:
    return Claim(
        id=f"ISSCC16.power.{name}", statement=f"power of the v1 chip, {name}", source=_TABLE_5, tag="PF",
        published=chip_runs()[name].published["power_mW"], unit="mW", tolerance=0.2,
        ours=lambda _: milliwatts(name),
    )  # fmt: skip


def _totals() -> tuple[Claim, ...]:
    def share(part: str, published: float, explanation: str = "") -> Claim:
        return Claim(
            id=f"ISSCC16.power_share.{part.replace(' ', '_').lower()}",
            statement=f"{part} in the power of the v1 chip", source=_SPLIT, tag="P", published=published, unit="%",
            tolerance=3.0, absolute=True, explanation=explanation, ours=lambda _: shares()[part],
        )  # fmt: skip

    return (
        Claim(
            id="ISSCC16.power.total", statement="power of the v1 chip, AlexNet CONV1-5", source=_TABLE_5, tag="P",
            published=278.0, unit="mW", tolerance=0.1, headline=True, ours=lambda _: milliwatts(),
        ),
        Claim(
            id="JSSC17.power_share.alu", statement="ALUs in the power of the v1 chip", source="JSSC 2017", tag="P",
            published=(-math.inf, 10.0), unit="%", tolerance=0.0, absolute=True, ours=lambda _: shares()["ALU"],
        ),
        share("PE array", 77.8, _BUSES),
        share("NoC", 15.6, _BUSES),
        share("GLB", 2.7),
    )  # fmt: skip


def shares() -> dict[str, float]:
    """Shares of the chip's power in percent, the clock divided by the gates that it drives."""
    area, chosen = area_of(accelerator(CHIP)), runs().values()
    clock = sum(run.clock_pj for run in chosen)
    noc_clock = clock * area.noc / area.logic

    def spent(part: str) -> float:
        return sum(getattr(run.energy, part) for run in chosen)

    parts = {
        "ALU": spent("mac"),
        "PE array": spent("mac") + spent("spad") + clock - noc_clock,
        "NoC": spent("noc") + noc_clock,
        "GLB": spent("glb"),
    }
    return {name: float(100 * pj / sum(run.pj for run in chosen)) for name, pj in parts.items()}
