"""The example network from training to the accelerator: its densities, and what pruning does to it."""

from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from experiments.digits.data import Digits, DigitsNet, Images, load_digits
from experiments.digits.on_array import executed, largest_tiles, quantized
from experiments.digits.training import Params, accuracy, initialise, kernels_of, loss, train, with_kernels
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers import Network, Sparsity, from_jax
from eyeriss_jax.layers.importers.checkpoint import kernel_channels
from eyeriss_jax.layers.importers.jax_densities import measure_densities
from eyeriss_jax.layers.pruning import magnitude_mask
from eyeriss_jax.report.pruning import PrunedNetwork
from eyeriss_jax.search.density import DensityPoint, Sensitivity, losses_at, measure_sensitivity
from eyeriss_jax.search.mapping import map_network

CORRELATION_AT = 0.25
"""Density of the masks whose weight correlation stands for all that tuning may ask for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Epochs and first rates of Adam: of the dense network, and of one that was just pruned."""

    epochs: int
    rate: float
    fine_tune_epochs: int
    fine_tune_rate: float


@dataclass(frozen=True, kw_only=True)
class TrainedDigits:
    """The trained dense network on an accelerator; everything else is measured when it is first asked for."""

    net: DigitsNet
    params: Params
    digits: Digits
    accelerator: Accelerator
    objective: str
    schedule: Schedule
    seed: int

    @staticmethod
    def of(
        widths: tuple[int, ...], accelerator: Accelerator, objective: str, schedule: Schedule, seed: int
    ) -> "TrainedDigits":
        """Trains a network of these widths."""
        net, digits = DigitsNet(widths=widths), load_digits(seed)
        start = initialise(net, digits.train, seed)
        dense = jax.tree.map(jnp.ones_like, kernels_of(start))
        params = train(net, start, dense, digits.train, seed, schedule.rate, epochs=schedule.epochs)
        return TrainedDigits(
            net=net, params=params, digits=digits, accelerator=accelerator, objective=objective, schedule=schedule,
            seed=seed,
        )  # fmt: skip

    @cached_property
    def network(self) -> Network:
        """The layers of one inference with the densities of activations measured on the images trained on.

        The weights are dense; their correlation is that of kernels pruned by magnitude to :data:`CORRELATION_AT`.
        """
        measured = self.measured(self.params)
        sparsity = {}
        for layer in measured.layers:
            kernel = self.kernels[layer.name]
            masked = kernel_channels(np.asarray(kernel * magnitude_mask(kernel, CORRELATION_AT)), None)
            pruned = Sparsity.of_channels(weight=list(map(float, masked)))
            sparsity[layer.name] = Sparsity(
                iact=layer.sparsity.iact,
                iact_correlation=layer.sparsity.iact_correlation,
                weight_correlation=pruned.weight_correlation,
            )
        return measured.with_sparsity(sparsity)

    @cached_property
    def kernels(self) -> dict[str, jax.Array]:
        """The trained kernels by layer, in the network's order."""
        return kernels_of(self.params)

    def measured(self, params: Params) -> Network:
        """The network with all densities measured, in the accelerator's bits, with these parameters."""
        bound = self.net.bind({"params": params})
        shapes = from_jax(bound, np.zeros((1, 8, 8, 1), np.float32), name="digits")
        bits = int(self.accelerator.word_bits.weight)
        return measure_densities(bound, self.digits.train.pixels, name="digits", bits=bits).of(shapes)

    def sensitivity(self, densities: tuple[float, ...]) -> Sensitivity:
        """The accuracy proxy: loss on the images kept for it, each layer pruned alone to ``densities``."""
        return measure_sensitivity(self._validation_loss, self.kernels, densities)

    def _validation_loss(self, kernels: dict[str, jax.Array]) -> jax.Array:
        return loss(self.net, with_kernels(self.params, kernels), self.digits.validation)

    @cached_property
    def _raw_mappings(self) -> dict[str, Mapping]:
        """The best mappings without compression: the functional convolution moves every word as it is."""
        raw = map_network(self.network, self.accelerator.replace(sparse_pe=None), objective=self.objective)
        return {each.layer.name: each.mapping for each in raw.layers}

    def pruned(self, point: DensityPoint, method: str, budget: float | None, images: int) -> PrunedNetwork:
        """Prunes to the densities of ``point``, trains again, and measures cost and accuracy on ``images`` images."""
        masks = {name: magnitude_mask(kernel, point.densities[name]) for name, kernel in self.kernels.items()}
        rows = [[1.0] * len(masks), list(point.densities.values())]
        before, after = np.asarray(losses_at(self._validation_loss, self.kernels, rows), float)
        schedule = self.schedule
        params = train(
            self.net, self.params, masks, self.digits.train, self.seed + 1, schedule.fine_tune_rate,
            epochs=schedule.fine_tune_epochs,
        )  # fmt: skip
        test = Images(*(each[:images] for each in self.digits.test))
        eight_bits = quantized(self.net, params, test.pixels, self.accelerator)
        run = executed(self.net, params, test.pixels, self.accelerator, self._raw_mappings)
        measured = map_network(self.measured(params), self.accelerator, objective=self.objective)
        return PrunedNetwork(
            method=method,
            budget=budget,
            densities=point.densities,
            proxy_loss=point.loss,
            pruned_loss=float(after - before),
            energy=point.result.energy,
            cycles=point.result.cycles,
            measured_energy=measured.energy,
            measured_cycles=measured.cycles,
            measured_densities={each.layer.name: each.layer.sparsity.weight for each in measured.layers},
            accuracy=accuracy(self.net.apply({"params": params}, test.pixels), test),
            quantized_accuracy=accuracy(eight_bits, test),
            accelerator_accuracy=accuracy(run.logits, test),
            logits_differ=float(jnp.abs(run.logits - eight_bits).max()),
            overflowed=run.overflowed,
            tiles=largest_tiles(measured, kernels_of(params)),
        )
