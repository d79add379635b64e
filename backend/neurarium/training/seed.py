"""Independent randomness for every purpose, all of it from the one seed of a job."""

from hashlib import blake2b


def derive(seed: int, *purpose: str | int) -> int:
    """Turn the job's seed and a purpose (`"order", epoch`) into a seed of its own, the same on every machine."""
    text = "/".join(map(str, (seed, *purpose)))
    return (
        int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
    )  # 63 bits fit every generator
