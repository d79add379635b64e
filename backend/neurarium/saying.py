"""What tasks have in common that rate each token at each place of a sequence, and say one after the other."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from neurarium.dataset import InputTarget, Target
from neurarium.task import Task, TaskError, only, sole

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.task import LossFunction, Probabilities, Tensors
    from neurarium_models.network import Network
    from neurarium_models.tensor import TensorSpec

PLACES_AND_TOKENS = 2
"""Axes of an output that rates each token at each place."""


class Telling(Task):
    """What tasks have in common that say a sentence, word after word, about something else that is given.

    `target` holds the sentence. Its first token only says: begin.
    """

    losses_offered: ClassVar = ("CrossEntropy",)
    end: int | None = Field(
        default=None,
        ge=0,
        le=2**31,
        description="The token that ends a sentence; none: all are equally long.",
    )
    shift: bool = Field(
        default=True,
        description="Whether each place of the output says the word after the one that is read there. Off: that word "
        "itself, so that it need only be copied, and nothing is learned of what to say next.",
    )

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for a number for each token at each place."""
        check_tokens(self, outputs, target, loss)

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the mean of the job's loss over the words of each sentence; padding does not count."""
        return {"loss": losses_of(outputs, batch, "target", loss, shift=self.shift)}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the share of right words, and whether all are.

        Where outputs are shifted, all are right with the right words told exactly if all are right when the network
        hears its own likeliest words.
        """
        return metrics_of(outputs, batch, "target", shift=self.shift)

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the likeliest word at each place, and the probability of all."""
        return decoded(outputs, probabilities)

    def generate(
        self, network: "Network", batch: "Tensors", probabilities: "Probabilities", seed: int
    ) -> Iterator["dict[str, Tensor]"]:
        """Say in each step one word for each sentence, always the likeliest, until all have ended."""
        import torch

        start = {name: values for name, values in batch.items() if not name.startswith("target")}
        start["target"] = batch["target"][:, :1]
        length = network.graph.inputs["target"].shape[0] - 1
        over = torch.zeros_like(start["target"][:, 0], dtype=torch.bool)
        for step in write(network, start, "target", probabilities, length, 0.0, seed):
            yield step
            over = over | (step["answer"] == self.end if self.end is not None else False)
            if over.all():
                return


def check_tokens(
    task: Task, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str
) -> None:
    """Ask for tokens to learn from, and an output that rates each token at each place, or raise TaskError."""
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


def _said(outputs: "Tensors", shift: bool) -> "Tensor":
    """Take the places that say the wanted tokens: those before them, or where they stand."""
    logits = only(outputs)
    return logits[..., :-1, :] if shift else logits[..., 1:, :]


def losses_of(
    outputs: "Tensors", batch: "Tensors", name: str, loss: "LossFunction", *, shift: bool = True
) -> "Tensor":
    """Average the loss over the tokens of each sequence that are real."""
    wanted, counts = _wanted(batch, name)
    return _mean(loss(_said(outputs, shift), wanted), counts)


def metrics_of(
    outputs: "Tensors", batch: "Tensors", name: str, *, shift: bool = True
) -> "dict[str, Tensor]":
    """Compute the share of right tokens of each sequence, and whether all are."""
    wanted, counts = _wanted(batch, name)
    logits = _said(outputs, shift)
    right = logits.argmax(-1) == wanted
    return {
        "accuracy": (right | ~counts).all(-1).to(logits.dtype),
        "token_accuracy": _mean(right.to(logits.dtype), counts),
    }


def _mean(values: "Tensor", counts: "Tensor") -> "Tensor":
    """Average over the places that count; 0 if none does."""
    return (values * counts).sum(-1) / counts.sum(-1).clamp(min=1)


def decoded(outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
    """Name the likeliest token at each place, and the probability of all."""
    logits = only(outputs)
    return {"answer": logits.argmax(-1), "probability": probabilities(logits)}


def write(  # noqa: PLR0917 - two tasks share it, nobody else
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

    tokens, mask = batch[name], f"{name}_mask"
    context = network.graph.inputs[name].shape[0]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(length):
        said = tokens[:, -context:]
        heard = {**batch, name: said, mask: torch.ones_like(said, dtype=torch.bool)}
        with torch.no_grad():
            logits = only(network(heard))[:, -1]
            share = probabilities(logits / temperature if temperature else logits)
        dart = torch.rand(len(tokens), generator=generator, dtype=torch.float64)
        answer = struck(share, dart).to(tokens.device) if temperature else share.argmax(-1)
        yield {"answer": answer, "probability": share, "dart": dart}
        tokens = torch.cat([tokens, answer[:, None]], -1)


def struck(share: "Tensor", dart: "Tensor") -> "Tensor":
    """Find the token (rows) on whose part of the probabilities (rows × tokens), laid end to end, a dart falls.

    On the CPU, in float64: one seed draws the same tokens on every device.
    """
    ends = share.cpu().double().cumsum(-1)
    return (ends <= dart[:, None]).sum(-1).clamp(max=share.shape[-1] - 1)
