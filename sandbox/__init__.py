"""Where a student's code runs: behind walls, within limits, and never anywhere else."""

from sandbox.open import open_sandbox

__all__ = ["open_sandbox"]
