"""Sequences, token by token: a text that goes on, a sentence in another language."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.dataset import InputTarget, Target
from neurarium.task import Task, TaskError, Use, only, sole

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
        _check(self, outputs, target, loss)

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the mean of the job's loss over the places of each text."""
        return {"loss": _losses(outputs, batch, "tokens", loss)}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the share of tokens that were foretold, and whether all of them were."""
        return _metrics(outputs, batch, "tokens")

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the likeliest next token at each place, and the probability of all."""
        return _decode(outputs, probabilities)

    def generate(
        self, network: "Network", batch: "Tensors", probabilities: "Probabilities", seed: int
    ) -> Iterator["dict[str, Tensor]"]:
        """Write on, in each step one token for each text, looking back as far as the network can."""
        return _write(network, batch, "tokens", probabilities, self.length, self.temperature, seed)


class Translation(Task):
    """Say a sentence in another language, word after word.

    While it learns, the network is told the right words so far (teacher forcing): it reads all of `source`, and of
    `target` what comes before. The first token of `target` only says: begin.
    """

    title: ClassVar = "translation"
    use: ClassVar[Use] = "translate"
    losses_offered: ClassVar = ("CrossEntropy",)
    kind: Literal["Translation"] = "Translation"
    end: int | None = Field(
        default=None,
        ge=0,
        le=2**31,
        description="The token that ends a sentence; none: all are equally long.",
    )

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for a number for each token at each place."""
        _check(self, outputs, target, loss)

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the mean of the job's loss over the words of each sentence."""
        return {"loss": _losses(outputs, batch, "target", loss)}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the share of right words, and whether all are.

        All are right with the right words told exactly if all are right when the network hears its own likeliest words.
        """
        return _metrics(outputs, batch, "target")

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the likeliest next word at each place, and the probability of all."""
        return _decode(outputs, probabilities)

    def generate(
        self, network: "Network", batch: "Tensors", probabilities: "Probabilities", seed: int
    ) -> Iterator["dict[str, Tensor]"]:
        """Translate, in each step one word for each sentence, always the likeliest, until all have ended."""
        import torch

        start = {name: values for name, values in batch.items() if not name.startswith("target")}
        start["target"] = batch["target"][:, :1]
        length = network.graph.inputs["target"].shape[0] - 1
        over = torch.zeros_like(start["target"][:, 0], dtype=torch.bool)
        for step in _write(network, start, "target", probabilities, length, 0.0, seed):
            yield step
            over = over | (step["answer"] == self.end if self.end is not None else False)
            if over.all():
                return


PLACES_AND_TOKENS = 2
"""Axes of an output that rates each token at each place."""


def _check(task: Task, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
    if not isinstance(target, InputTarget):
        raise TaskError(
            f"The task {task.title} learns from sequences of tokens; these data have targets of their own."
        )
    task.check_loss(loss)
    output = sole(outputs, task.title)
    if len(output.shape) != PLACES_AND_TOKENS:
        raise TaskError(
            f"The task {task.title} needs a number for each token at each place, but the network's output is {output}."
        )


def _wanted(batch: "Tensors", name: str) -> "tuple[Tensor, Tensor]":
    """Tell what comes next at all places but the last, and which of these places count."""
    import torch

    tokens = batch[name][..., 1:]
    mask = batch.get(f"{name}_mask")
    return tokens, torch.ones_like(tokens, dtype=torch.bool) if mask is None else mask[..., 1:]


def _losses(outputs: "Tensors", batch: "Tensors", name: str, loss: "LossFunction") -> "Tensor":
    wanted, counts = _wanted(batch, name)
    return _mean(loss(only(outputs)[..., :-1, :], wanted), counts)


def _metrics(outputs: "Tensors", batch: "Tensors", name: str) -> "dict[str, Tensor]":
    wanted, counts = _wanted(batch, name)
    logits = only(outputs)[..., :-1, :]
    right = logits.argmax(-1) == wanted
    return {
        "accuracy": (right | ~counts).all(-1).to(logits.dtype),
        "token_accuracy": _mean(right.to(logits.dtype), counts),
    }


def _mean(values: "Tensor", counts: "Tensor") -> "Tensor":
    """Average over the places that count; 0 if none does."""
    return (values * counts).sum(-1) / counts.sum(-1).clamp(min=1)


def _decode(outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
    logits = only(outputs)
    return {"answer": logits.argmax(-1), "probability": probabilities(logits)}


def _write(  # noqa: PLR0917 - two tasks share it, nobody else
    network: "Network",
    batch: "Tensors",
    name: str,
    probabilities: "Probabilities",
    length: int,
    temperature: float,
    seed: int,
) -> Iterator["dict[str, Tensor]"]:
    """Append one token after the other to `name`.

    Each step gives the `answer`, the `probability` of every token after the temperature, and the `dart`: the number
    from 0 to 1 that chose the answer, by falling on its part of the probabilities laid end to end.
    """
    import torch

    tokens = batch[name]
    context = network.graph.inputs[name].shape[0]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(length):
        with torch.no_grad():
            logits = only(network({**batch, name: tokens[:, -context:]}))[:, -1]
            share = probabilities(logits / temperature if temperature else logits)
        # On the CPU, in float64: one seed draws the same tokens on every device.
        dart = torch.rand(len(tokens), generator=generator, dtype=torch.float64)
        ends = share.cpu().double().cumsum(-1)
        drawn = (ends <= dart[:, None]).sum(-1).clamp(max=share.shape[-1] - 1)
        answer = drawn.to(tokens.device) if temperature else share.argmax(-1)
        yield {"answer": answer, "probability": share, "dart": dart}
        tokens = torch.cat([tokens, answer[:, None]], -1)
