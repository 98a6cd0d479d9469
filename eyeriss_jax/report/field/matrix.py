"""All machines and networks of one picture, and the numbers over a row: how much a machine depends on the network."""

import dataclasses
import math
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.field import BroadcastMachine, FieldMachine, RingMachine
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.report.field.cell import FieldCell, Missing
from eyeriss_jax.report.steps import STEPS

REFERENCE = "eyeriss_v2"
"""The machine that the paper's claim is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """A row: ``title`` says what it is, ``multipliers`` how large; ``memory``: whether its law has a memory's rate."""

    name: str
    title: str
    multipliers: int
    memory: bool


def chip_of(name: str, machine: Any) -> Chip:
    """The row of an ``Accelerator`` or a machine of the field."""
    if isinstance(machine, Accelerator):
        rates = (machine.dram_read_bits_per_cycle, machine.dram_total_bits_per_cycle)
    else:
        rates = (getattr(machine, "weight_bits_per_cycle", math.inf),)
    return Chip(
        name=name,
        title=machine.description,
        multipliers=machine.macs_per_cycle,
        memory=any(rate < math.inf for rate in rates),
    )


def reason_against(network: Network, machine: FieldMachine | Accelerator) -> str:
    """Why the machine does not run the network, as its paper has it; empty where it does."""
    windows = [layer.name for layer in network.layers if layer.R * layer.S > 1 and layer.E * layer.F > 1]
    if not windows or not isinstance(machine, BroadcastMachine | RingMachine):
        return ""
    what = "matrices times vectors" if isinstance(machine, BroadcastMachine) else "fully connected layers"
    return f"its paper has {what} only, and {windows[0]} slides a filter over a plane"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldMatrix:
    """Rows of ``chips``, columns of ``networks``, and a cell, or why there is none, of every pair of names."""

    chips: tuple[Chip, ...]
    networks: tuple[str, ...]
    cells: Dictionary[tuple[str, str], FieldCell | Missing]

    def ran(self, chip: str) -> dict[str, FieldCell]:
        """The cells of one machine by network, those that it cannot run aside."""
        found = {network: self.cells[chip, network] for network in self.networks}
        return {network: cell for network, cell in found.items() if isinstance(cell, FieldCell)}

    def least_over_most(self, chip: str) -> float | None:
        """The least utilisation over the most, 1 for a machine that does not care; None below two networks."""
        shares = [cell.utilization for cell in self.ran(chip).values()]
        return min(shares) / max(shares) if len(shares) > 1 else None

    def plain(self) -> dict[str, Any]:
        """All of it for scripts."""
        return {
            "chips": [
                {**dataclasses.asdict(chip), "least_over_most_utilization": self.least_over_most(chip.name)}
                for chip in self.chips
            ],
            "networks": list(self.networks),
            "steps": [step.label for step in STEPS],
            "cells": [
                {"chip": chip, "network": network, **dataclasses.asdict(cell)}
                for (chip, network), cell in self.cells.items()
            ],
        }
