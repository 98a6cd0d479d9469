"""Several networks on one accelerator, each in one line: how much of the array works, and which step loses the rest."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.records import energy_key
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.causes import main_cause
from eyeriss_jax.report.losses import network_losses
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.traffic import network_dram_bits
from eyeriss_jax.report.units import energy, percent, scaled, significant


@dataclass(frozen=True, kw_only=True, slots=True)
class ZooLine:
    """One network.

    Attributes:
        network: its name.
        macs: nominal MACs of one run.
        inferences_per_s: inferences per second.
        utilization: MACs over cycles times MAC units, 0 to 1.
        lost_shares: share of the array's cycles lost at each of the seven Eyexam steps; with ``utilization`` they add
            up to one.
        cause: the step that costs most, with what it consists of.
        dram_bytes: bytes to and from DRAM in one run.
        energy: energy of one run, in the unit of the accelerator's table.
    """

    network: str
    macs: int
    inferences_per_s: float
    utilization: float
    lost_shares: tuple[float, ...]
    cause: str
    dram_bytes: float
    energy: float

    @staticmethod
    def of(result: NetworkResult) -> "ZooLine":
        """The line of a result."""
        losses = network_losses(result)
        cause = main_cause(result, losses.largest)
        return ZooLine(
            network=result.network,
            macs=result.macs,
            inferences_per_s=result.inferences_per_s,
            utilization=result.utilization,
            lost_shares=losses.shares,
            cause=f"{losses.largest.label}: {cause}" if cause else losses.largest.label,
            dram_bytes=network_dram_bits(result) / 8,
            energy=result.energy,
        )

    @staticmethod
    def from_plain(data: Any) -> "ZooLine":
        """The line that ``dataclasses.asdict`` made ``data`` of.

        Raises:
            SpecError, TypeError: anything else.
        """
        fields = {field.name for field in dataclasses.fields(ZooLine)}
        if not isinstance(data, dict) or set(data) != fields or len(data["lost_shares"]) != len(STEPS):
            raise SpecError("not a line of this table")
        values: dict[str, Any] = data | {"lost_shares": tuple(data["lost_shares"])}
        shares = (values["utilization"], *values["lost_shares"])
        positive = (values[name] for name in ("macs", "inferences_per_s", "dram_bytes", "energy"))
        if not (
            all(isinstance(values[name], str) for name in ("network", "cause"))
            and all(0 <= share <= 1 for share in shares)
            and math.isclose(math.fsum(shares), 1, abs_tol=1e-3)
            and all(0 <= value < math.inf for value in positive)
        ):
            raise SpecError("a number of this line is out of range")
        return ZooLine(**values)


def zoo_table(lines: list[ZooLine], energy_unit: str) -> Table:
    """One row per network; counts are of one run (a batch). ``energy_unit``: that of the accelerator's table."""

    def column(key: str, header: str, show: Any, **options: Any) -> Column:
        return Column.of(key, header, [getattr(line, key) for line in lines], show, **options)

    # For scripts only: people have the picture.
    shares = [
        Column(key=f"lost_to_{step.short}", values=tuple(line.lost_shares[index] for line in lines))
        for index, step in enumerate(STEPS)
    ]
    return Table(
        name="networks",
        columns=(
            column("network", "network", str, priority=0, numeric=False, least=16),
            column("macs", "MACs", scaled, priority=4),
            column("inferences_per_s", "inferences/s", significant, priority=3),
            column("utilization", "array\nat work", percent, priority=1),
            *shares,
            column("dram_bytes", "DRAM", lambda value: scaled(value, "B"), priority=5),
            Column.of(
                energy_key("", energy_unit),
                "energy",
                [line.energy for line in lines],
                lambda value: energy(value, energy_unit),
                priority=7,
            ),
            column("cause", "most is lost to", str, priority=2, numeric=False, least=16),
        ),
    )
