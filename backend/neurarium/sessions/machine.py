"""How much of the machine's memory is in use."""

from pathlib import Path


def memory_percent() -> float:
    """Percent of memory that is not available to new processes; 0 where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = {
        name: float(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
    }
    total, available = sizes.get("MemTotal", 0.0), sizes.get("MemAvailable", 0.0)
    return 100 * (1 - available / total) if total else 0.0
