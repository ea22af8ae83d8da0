"""Seeds and counts of rows, checked without loading anything else."""

from typing import Final

from rnnoise_py.errors import InputError, is_whole

MAX_SEED: Final = 2**32 - 1


def check_seed(seed: int) -> None:
    """Raise :class:`InputError` unless ``seed`` is a whole number, 0 … 2³²−1."""
    if not is_whole(seed):
        raise InputError(f"seed {seed!r} is no whole number: give 0 … {MAX_SEED}")
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"seed {seed} is out of range: give 0 … {MAX_SEED}")


def check_count(count: int) -> None:
    """Raise :class:`InputError` unless ``count`` is a whole number, 1 or more."""
    if not is_whole(count) or count <= 0:
        raise InputError(f"count {count!r} is not a number of rows: give 1 or more")


def shard_seeds(seed: int, shards: int) -> list[int]:
    """Return the seeds of the shards, from S on.

    Raises
    ------
    InputError
        When two of them would make the same rows, or one is out of range.
    """
    check_seed(seed)
    if seed == 0 and shards > 1:  # quirk Q-SEED-ZERO
        raise InputError("seed 0 equals seed 1, so shards 1 and 2 would be the same: give --seed 1 or more")
    if seed + shards - 1 > MAX_SEED:
        raise InputError(f"seed {seed} with {shards} shards goes beyond {MAX_SEED}: give a lower seed")
    return list(range(seed, seed + shards))
