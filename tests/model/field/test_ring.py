"""A ring of nodes: the law against nodes that wait for their blocks one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.hardware.field import RingMachine
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.field import spent


def ring(**changes) -> RingMachine:
    fields = {"name": "r", "description": "", "nodes": 4, "filters": 3, "channels": 2, "iact_bits": 8, "clock_hz": 1e6}
    return RingMachine(**fields | {"link_bits_per_cycle": 4.0, "hop_cycles": 5.0} | changes)


def walk(layer: Layer, machine: RingMachine) -> float:
    """When the last node is done: a block leaves a node as its computing starts, and the next one waits for it."""
    nodes = machine.nodes
    block, outputs = -(-layer.C // nodes), -(-layer.M // nodes)
    compute = sum(1 for _ in range(0, block, machine.channels) for _ in range(0, outputs, machine.filters)) * layer.N
    sending = max(layer.N * block * machine.iact_bits / machine.link_bits_per_cycle, machine.hop_cycles)
    arrived = [0.0] * nodes
    for _ in range(nodes):
        done = [start + compute for start in arrived]
        sent = [arrived[node - 1] + sending for node in range(nodes)]
        arrived = [max(pair) for pair in zip(done, sent, strict=True)] if nodes > 1 else done
    return max(arrived)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3), st.integers(1, 9), st.integers(1, 30))
def test_the_law_is_the_walk(channels, filters, batch, nodes, hop):
    layer, machine = Layer(name="fc", C=channels, M=filters, N=batch), ring(nodes=nodes, hop_cycles=hop)
    parts = spent(layer, machine)
    assert parts.total == pytest.approx(walk(layer, machine))
    assert parts.useful == pytest.approx(layer.macs / machine.macs_per_cycle)


def test_a_single_node_forwards_nothing():
    assert spent(Layer(name="fc", C=4, M=6), ring(nodes=1)).link == 0
