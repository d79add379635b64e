"""How one step is computed. `plain.py` is the reference and always works; the others are faster and must equal it.

An engine is chosen from network and job alone, so that a run that is resumed, replayed or looked at again takes the
very same path, bit for bit.
"""

from collections.abc import Callable

from neurarium.training.arithmetic import EXACT
from neurarium.training.engine.chain import Chain, Unsuited
from neurarium.training.engine.contract import Engine
from neurarium.training.engine.grid import Grid
from neurarium.training.engine.plain import Plain
from neurarium.training.engine.trial import proven, recorded
from neurarium.training.job import Job
from neurarium_models.network import Network

__all__ = ["Engine", "choose_engine"]


def choose_engine(network: Network, job: Job, *, is_even: bool = True) -> Engine:
    """Take the fastest engine that this network and job are suited for.

    Those that keep all parameters in one vector move them at one rate, after equally many steps (`is_even`); those with
    a way back of their own compute as numbers are kept. What is tampered with is computed by autograd alone.
    """
    if job.tampering:
        return Plain(network, job)
    suited: tuple[Callable[[Network, Job], Engine], ...] = (Grid,)
    if is_even and not job.rates:
        is_exact = job.precision in EXACT
        suited = (proven, recorded, Chain, Grid) if is_exact else (recorded, Grid)
    for engine in suited:
        try:
            return engine(network, job)
        except Unsuited:
            continue
    return Plain(network, job)
