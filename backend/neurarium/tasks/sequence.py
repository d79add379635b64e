"""Sequences, token by token: a text that goes on, a sentence in another language, a picture in words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.dataset import Target
from neurarium.saying import Telling, check_tokens, decoded, losses_of, metrics_of, write
from neurarium.task import Task, Use

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.task import LossFunction, Probabilities, Tensors
    from neurarium_models.network import Network
    from neurarium_models.tensor import TensorSpec


class NextToken(Task):
    """Say at each place of a text which token comes next. Used again and again, this writes on.

    The network reads `tokens`; where `tokens_mask` is there, only places that it covers count.
    """

    title: ClassVar = "next token"
    use: ClassVar[Use] = "continue"
    losses_offered: ClassVar = ("CrossEntropy",)
    kind: Literal["NextToken"] = "NextToken"
    length: int = Field(default=32, ge=1, le=4096, description="How many tokens are written.")
    temperature: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="How freely tokens are drawn: 0 always takes the likeliest, 1 follows the probabilities.",
    )

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for a number for each token at each place."""
        check_tokens(self, outputs, target, loss)

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the mean of the job's loss over the places of each text."""
        return {"loss": losses_of(outputs, batch, "tokens", loss)}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the share of tokens that were foretold, and whether all of them were."""
        return metrics_of(outputs, batch, "tokens")

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the likeliest next token at each place, and the probability of all."""
        return decoded(outputs, probabilities)

    def generate(
        self, network: "Network", batch: "Tensors", probabilities: "Probabilities", seed: int
    ) -> Iterator["dict[str, Tensor]"]:
        """Write on, in each step one token for each text, looking back as far as the network can."""
        return write(network, batch, "tokens", probabilities, self.length, self.temperature, seed)


class Translation(Telling):
    """Say a sentence in another language, word after word.

    While it learns, the network is told the right words so far (teacher forcing): it reads all of `source`, and of
    `target` what comes before. The first token of `target` only says: begin.
    """

    title: ClassVar = "translation"
    use: ClassVar[Use] = "translate"
    kind: Literal["Translation"] = "Translation"


class Captioning(Telling):
    """Say in words what is seen in a picture.

    While it learns, the network is told the right words so far (teacher forcing): it sees all of `image`, and of
    `target` what comes before. The first token of `target` only says: begin.
    """

    title: ClassVar = "captioning"
    use: ClassVar[Use] = "caption"
    kind: Literal["Captioning"] = "Captioning"
