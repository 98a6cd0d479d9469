"""What a group costs that waits for its slowest member, with a queue of given slack between its members.

Without slack the group moves in lock-step: of n members with noise s around the same mean the slowest takes s times the
expected maximum of n normal variables longer. Slack t (in cycles of work that may pile up) divides this by
1 + t / (sqrt(pi)·s), which joins lock-step, where two members lose s / sqrt(pi), to the random walk between two walls,
where they lose s**2 / t. The chain of sparse PEs of Eyeriss v2 and the broadcast of EIE are both of this form.
"""

import math
from typing import Any

import jax

from eyeriss_jax.model.order_statistics import expected_maximum
from eyeriss_jax.numerics import safe_div


def group_wait(noise: Any, members: Any, slack: Any) -> jax.Array:
    """Expected cycles per step that ``members`` of standard deviation ``noise`` wait, given ``slack`` cycles."""
    lock_step = noise * expected_maximum(members)
    return safe_div(lock_step, 1.0 + safe_div(slack, math.sqrt(math.pi) * noise))
