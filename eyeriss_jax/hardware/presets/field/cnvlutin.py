"""Cnvlutin (ISCA'16): a node of DaDianNao whose lanes skip zero activations."""

from eyeriss_jax.hardware.field import SkipLanesMachine


def cnvlutin() -> SkipLanesMachine:
    """16 lanes of activations for 256 filters, as in a node of DaDianNao."""
    return SkipLanesMachine(
        name="cnvlutin",
        description="Cnvlutin (ISCA'16): DaDianNao's node with 16 lanes that skip zero activations of bricks of 16",
        lanes=16,
        brick=16,
        filters=256,
        dense_channels=3,
        clock_hz=606e6,
        sources={
            "lanes": "ISCA'16 [S]: the 16 lanes of neurons become 16 independent subunits",
            "brick": "ISCA'16 [S]: zero-free format per brick of 16",
            "filters": "MICRO'14 [P]: 16 tiles of 16 outputs in the node that it changes",
            "dense_channels": "ISCA'16 [M]: the first layer is dense",
            "clock_hz": "MICRO'14 [P]: 606 MHz of the node that it changes",
        },
    )
