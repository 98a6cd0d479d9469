"""A pruned network in one line: its densities, what it costs, and how accurate it is in every number format."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.model.records import energy_key
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import energy, percent, scaled, significant


@dataclass(frozen=True, kw_only=True, slots=True)
class PrunedNetwork:
    """One network, pruned to given densities and trained again.

    Attributes:
        method: ``dense``, ``uniform`` (one density for all layers), ``hidden`` (the same, but the first and the last
            layer are dense) or ``tuned``.
        budget: of the accuracy proxy; None for the dense network.
        densities: of the weights, by layer; what was asked for.
        proxy_loss: what the proxy expects the loss to rise by before training, in nats.
        pruned_loss: by how much it rises then, measured, in nats.
        energy: per inference by the model at these densities, in the unit of the accelerator's table.
        cycles: the same in clock cycles.
        measured_energy: by the model with all densities measured on the trained network in 8 bits.
        measured_cycles: likewise.
        measured_densities: of the weights, by layer.
        accuracy: on the test images, in float32.
        quantized_accuracy: in 8 bits, by XLA's convolutions.
        accelerator_accuracy: executed by the functional model.
        logits_differ: largest difference of a logit between the last two.
        overflowed: whether a psum left its width.
        tiles: per compressed layer, the pairs of its largest weight tile and the room for them.
    """

    method: str
    budget: float | None
    densities: dict[str, float]
    proxy_loss: float
    pruned_loss: float
    energy: float
    cycles: float
    measured_energy: float
    measured_cycles: float
    measured_densities: dict[str, float]
    accuracy: float
    quantized_accuracy: float
    accelerator_accuracy: float
    logits_differ: float
    overflowed: bool
    tiles: dict[str, list[int]]

    @property
    def tiles_fit(self) -> bool:
        """Whether the real weight tiles fit the SPads as the model expected."""
        return all(pairs <= room for pairs, room in self.tiles.values())

    def plain(self) -> dict[str, Any]:
        """As data for a file."""
        return dataclasses.asdict(self)


def pruning_table(networks: Sequence[PrunedNetwork], unit: str) -> Table:
    """One row per network: loss, cost and accuracy. ``unit``: of energy."""
    dense = networks[0]

    def column(key: str, header: str, show: Any, **options: Any) -> Column:
        return Column.of(key, header, [getattr(each, key) for each in networks], show, **options)

    def energies(field: str, header: str, *, priority: int) -> Column:
        what = "" if field == "energy" else field.removesuffix("_energy")
        values = [getattr(each, field) for each in networks]
        return Column.of(energy_key(what, unit), header, values, lambda value: energy(value, unit), priority=priority)

    shares = [each.measured_energy / dense.measured_energy for each in networks]
    return Table(
        name="networks",
        title="Pruned networks",
        columns=(
            column("budget", "budget", lambda value: "-" if value is None else f"{value:g}", priority=0),
            column("method", "weights", str, priority=0, numeric=False),
            column("proxy_loss", "proxy\n(nats)", _nats, priority=4),
            column("pruned_loss", "measured\n(nats)", _nats, priority=3),
            energies("energy", "planned\nenergy", priority=3),
            energies("measured_energy", "measured\nenergy", priority=2),
            Column.of("measured_energy_share", "energy\nof dense", shares, percent, priority=1),
            column("measured_cycles", "cycles\nmeasured", scaled, priority=4),
            column("accuracy", "accuracy\nfloat32", _accuracy, priority=2),
            column("quantized_accuracy", "8 bits", _accuracy, priority=3),
            column("accelerator_accuracy", "on the\narray", _accuracy, priority=1),
            column("tiles_fit", "tiles\nfit", lambda fit: "yes" if fit else "no", priority=4),
        ),
    )


def densities_table(networks: Sequence[PrunedNetwork]) -> Table:
    """One row per layer: the density that tuning gives it under each budget."""
    layers = list(networks[0].densities)
    columns = [Column.of("layer", "layer", layers, numeric=False, priority=0)]
    for each in networks:
        if each.method == "tuned":
            densities = [each.densities[name] for name in layers]
            columns.append(Column.of(f"budget_{each.budget:g}", f"{each.budget:g}", densities, percent, priority=1))
    return Table(name="densities", title="Tuned densities of weights, by budget", columns=tuple(columns))


def _nats(loss: float) -> str:
    return significant(round(loss, 6))


def _accuracy(share: float) -> str:
    return f"{100 * share:.1f} %"
