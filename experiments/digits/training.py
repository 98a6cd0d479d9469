"""Training of the example network, whole or with masks on its kernels; seeded, and seconds on a CPU."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from experiments.digits.data import DigitsNet, Images
from eyeriss_jax.search.density import Kernels

BATCH = 64

Params = dict[str, dict[str, jax.Array]]
"""Layer -> ``kernel`` and ``bias``."""


def kernels_of(params: Params) -> dict[str, jax.Array]:
    """The kernels by layer, in the order in which they run."""
    return {name: params[name]["kernel"] for name in sorted(params)}


def with_kernels(params: Params, kernels: Kernels) -> Params:
    """``params`` with other kernels."""
    return {name: layer | {"kernel": kernels[name]} for name, layer in params.items()}


def loss(net: DigitsNet, params: Params, images: Images) -> jax.Array:
    """Mean cross-entropy in nats."""
    logits = net.apply({"params": params}, images.pixels)
    return optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.asarray(images.labels)).mean()


def accuracy(logits: Any, images: Images) -> float:
    """Share of images whose largest logit is that of their label."""
    return float((jnp.argmax(logits, axis=-1) == images.labels).mean())


def initialise(net: DigitsNet, images: Images, seed: int) -> Params:
    """Flax's own initial values."""
    variables: Any = net.init(jax.random.key(seed), images.pixels[:1])
    return variables["params"]


@partial(jax.jit, static_argnames=("net", "epochs"))
def train(
    net: DigitsNet, params: Params, masks: Kernels, images: Images, seed: Any, rate: Any, *, epochs: int
) -> Params:
    """``epochs`` of Adam, its rate falling to 0 as a cosine; weights outside of ``masks`` are 0 and stay so.

    Args:
        net: the network.
        params: where to start.
        masks: by layer, of the shape of its kernel.
        images: to train on; the last ones of an epoch that fill no batch are left out.
        seed: of the order of the images.
        rate: the first.
        epochs: how many.
    """
    batches = len(images.labels) // BATCH
    adam = optax.adam(optax.cosine_decay_schedule(rate, epochs * batches))

    def masked(params: Params) -> Params:
        return with_kernels(params, {name: kernel * masks[name] for name, kernel in kernels_of(params).items()})

    def step(carry: Any, chosen: jax.Array) -> Any:
        params, state = carry
        batch = Images(jnp.asarray(images.pixels)[chosen], jnp.asarray(images.labels)[chosen])
        updates, state = adam.update(jax.grad(partial(loss, net))(params, batch), state)
        moved: Any = optax.apply_updates(params, updates)
        return (masked(moved), state), None

    orders = [jax.random.permutation(key, len(images.labels)) for key in jax.random.split(jax.random.key(seed), epochs)]
    chosen = jnp.concatenate([order[: batches * BATCH] for order in orders]).reshape(-1, BATCH)
    first = masked(params)
    (params, _), _ = jax.lax.scan(step, (first, adam.init(first)), chosen)
    return params
