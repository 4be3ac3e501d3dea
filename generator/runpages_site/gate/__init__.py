"""The gate: what of a run may leave the workspace. It finds secrets, masks them, and holds files back.

``mask.masked`` is called once for each run, right after it was read; ``files.release`` for each file that is published.
"""

from .files import LARGEST, Public, Release, release, survey
from .mask import (
    Finding,
    Policy,
    digest,
    look,
    masked,
    masked_experiment,
    masked_file,
    masked_prose,
    masked_value,
    policy_of,
)
from .names import masked_settings, without_secret_names

__all__ = [
    "LARGEST", "Finding", "Policy", "Public", "Release", "digest", "look", "masked", "masked_experiment", "masked_file",
    "masked_prose", "masked_settings", "masked_value", "policy_of", "release", "survey", "without_secret_names",
]  # fmt: skip
