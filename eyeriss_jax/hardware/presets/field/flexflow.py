"""FlexFlow (HPCA'17): 16x16 PEs that spread any factors of six dimensions."""

from eyeriss_jax.hardware.field import FlexibleMachine


def flexflow(side: int = 16) -> FlexibleMachine:
    """``side`` outputs and ``side`` operands of each at a time, 65 nm.

    Raises:
        SpecError: a side below 1, or too large to try all factors.
    """
    return FlexibleMachine(
        name="flexflow",
        description=f"FlexFlow (HPCA'17): {side} rows of outputs, {side} operands of each, any factors, 65 nm",
        outputs=side,
        operands=side,
        clock_hz=1e9,
        sources={
            "outputs": "HPCA'17 [PF]: 16 rows, one output each",
            "operands": "HPCA'17 [PF]: 16 PEs per row, added up by a tree",
            "clock_hz": "derived [D]: 512 GOPS of 256 PEs [PF] are 1 GHz",
        },
    )
