"""How much a device evaluates at once: the only thing in the search that knows kinds of devices."""

from typing import Any, NamedTuple

from eyeriss_jax.errors import SpecError


class Blocks(NamedTuple):
    """What is evaluated at once; a loop takes the next ones.

    ``mappings`` of a layer; ``designs`` of a call, None for all of them without any loop. ``in_stages``: whether the
    law is compiled in stages (:mod:`eyeriss_jax.compiling`).
    """

    mappings: int
    designs: int | None
    in_stages: bool


BLOCKS: dict[str, Blocks] = {
    "cpu": Blocks(mappings=1024, designs=16, in_stages=True),
    "gpu": Blocks(mappings=1 << 17, designs=None, in_stages=False),
    "tpu": Blocks(mappings=1 << 17, designs=None, in_stages=False),
}
"""Per platform of JAX.

On a CPU a step's arrays must stay in a core's cache, and be long enough that starting 250 loops costs little. Measured
for 64 designs x MobileNet block5-PW on Eyeriss v2, million evaluations per CPU-second: 256 mappings 31, 768 mappings
47 to 56, 2048 mappings 46. A GPU or TPU takes all mappings of a shortlist of usual length (64 x 16 x 36) in one step
and so without any loop, whose condition would travel to the host and back.
"""


def blocks_for(devices: tuple[Any, ...]) -> Blocks:
    """The block sizes for ``devices``, all of one kind.

    Raises:
        SpecError: no block sizes for such devices.
    """
    kinds = {device.platform for device in devices}
    if len(kinds) != 1 or not kinds <= BLOCKS.keys():
        raise SpecError(
            f"devices of the kind {', '.join(sorted(kinds)) or 'none'}: a search runs on {', '.join(BLOCKS)}, one kind "
            "at a time; set JAX_PLATFORMS to one of them"
        )
    return BLOCKS[kinds.pop()]
