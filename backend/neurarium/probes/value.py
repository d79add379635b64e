"""What flows through the network."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.probe import Frame, Picture, Probe, Reading, marks, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.answers import Said
    from neurarium.training.view import View
    from neurarium_models.tensor import TensorSpec

LARGEST = 4096
"""Cells that travel as floats; more become uint8, for colours only."""
MOST = 64
"""Stages shown at once, where no node was asked for."""


class Value(Probe):
    """The pinned example on its way: what comes in, and the sum and the output of every stage."""

    kind: Literal["value"] = "value"
    says: ClassVar = {
        "side": ("example", "said", "answer", "truth"),
        "class": ("example", "said", "probability", "truth"),
        "number": ("example", "said", "truth"),
        "passed": ("example", "stages"),
    }

    def look(self, view: "View") -> Frame:
        """Send one example through the network."""
        from neurarium.optics.answers import read
        from neurarium.optics.examples import gather
        from neurarium.optics.passes import see
        from neurarium.optics.stage import bounds, find, stages

        everything = gather(view.examples)
        row = everything.row(self.example)
        batch = view.inputs(everything.pick(slice(row, row + 1)))
        inputs = {
            name: spec for name, spec in view.job.graph.inputs.items() if self.node in (None, name)
        }
        known = stages(view.network)
        chosen = (
            known[:MOST]
            if self.node is None
            else ()
            if inputs
            else (find(view.network, self.node),)
        )
        paths = {path for stage in chosen for path in (stage.path, stage.end)}
        outputs, taps = see(view, batch, paths)

        pictures = [picture("output", name, spec, batch[name]) for name, spec in inputs.items()]
        for stage in chosen:
            limits = bounds(view.network, stage)
            pictures.append(picture("sum", stage.path, stage.spec, taps[stage.path]))
            pictures.append(picture("output", stage.path, stage.spec, taps[stage.end], limits))
        example = int(everything.ids[row])
        target = (
            everything.arrays["y"][row].reshape(-1).tolist() if "y" in everything.arrays else []
        )
        reading = self._reading(view, read(view, outputs), example, target)
        details = {
            "held_out": bool(everything.held_out[row]),
            "left_out": max(0, len(known) - MOST),
        }
        return Frame(view.step, tuple(pictures), reading, example, details=details)

    def _reading(
        self, view: "View", said: "Said", example: int, target: list[float | int]
    ) -> Reading:
        names: tuple[str, ...] = getattr(view.job.dataset.target(), "names", ())
        if said.choice is not None and target and names:
            choice = int(said.choice[0])
            words: dict[str, int | str] = {"example": example, "said": names[choice]}
            truth = names[int(target[0])]
            if said.answer is not None:
                return self.say("side", **words, answer=float(said.answer[0]), truth=truth)
            share = 0.0 if said.probability is None else float(said.probability[0, choice])
            return self.say("class", **words, probability=share, truth=truth)
        if said.answer is not None and target:
            return self.say(
                "number", example=example, said=float(said.answer[0]), truth=float(target[0])
            )
        return self.say("passed", example=example, stages=len(view.network.places))


def picture(
    name: str,
    node: str,
    spec: "TensorSpec",
    tensor: "Tensor",
    limits: tuple[float, float] | None = None,
) -> Picture:
    """Show one example's tensor with its own axes."""
    from neurarium.optics.passes import numbers

    values = numbers(tensor[0])
    axes = tuple(spec.axes)
    if values.dtype.kind != "f":
        return marks(name, node, axes, values)
    dtype: Literal["uint8", "float32"] = "float32" if values.size <= LARGEST else "uint8"
    if limits is not None:
        return Picture(name, node, axes, values, dtype, "fixed", *limits)
    return signed(name, node, axes, values, dtype)
