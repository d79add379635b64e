"""What a run has learned, on its way to another."""

import asyncio
from typing import TYPE_CHECKING

from neurarium.sessions.errors import Refused
from neurarium.training.command import TakeWeights
from neurarium.training.parcel import name_of

if TYPE_CHECKING:
    from neurarium.sessions.house import House


async def fetch(house: "House", owner: str, command: TakeWeights) -> tuple[TakeWeights, bytes]:
    """Get the weights of the run that a command names: the command with what they are, and they themselves.

    NotFound if this owner may not see that run.
    """
    if command.run is None:
        raise Refused("command-refused", "Say from which run the weights are to be taken.")
    weights = await house.get(owner, command.run).weights(command.step)
    said = {
        "step": weights.step,
        "parcel": await asyncio.to_thread(name_of, weights.body),
    }
    return command.model_copy(update=said), weights.body
