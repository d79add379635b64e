"""How many numbers a stage learns."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from neurarium.probe import Frame, Picture, Probe, Reading

if TYPE_CHECKING:
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View


class Count(Probe):
    """The parameters of a stage as a formula, beside those of a dense layer that would join the same two volumes."""

    kind: Literal["count"] = "count"
    rate: ClassVar = 1.0
    says: ClassVar = {
        "beside": ("node", "formula", "parameters", "dense", "factor"),
        "dense": ("node", "formula", "parameters"),
        "none": ("node", "dense"),
    }

    def look(self, view: "View") -> Frame:
        """Count by whole numbers alone."""
        from neurarium.optics.stage import find
        from neurarium_models.count import dense, formula

        stage = find(view.network, self.node, learns=True)
        first = stage.nodes[0]
        shapes = first.layer.parameter_shapes(*first.specs)
        output = next(iter(first.outputs.values()))
        given = [spec for spec in first.specs if spec is not None]
        own = sum(map(math.prod, shapes.values()))
        wide = dense(sum(spec.size for spec in given), output.size)
        top = float(max(own, wide))
        counts = np.array([own, wide], dtype=np.float64)
        picture = Picture("parameters", stage.path, ("K",), counts, "float64", "node", 0.0, top)
        counted = formula(shapes)
        details = {
            "formula": counted,
            "dense_formula": formula(
                {"weight": (output.size, wide // output.size - 1), "bias": (output.size,)}
            ),
            "inputs": [list(spec.shape) for spec in given],
            "output": list(output.shape),
        }
        return Frame(
            view.step,
            (picture,),
            self._reading(stage, own, wide, counted),
            details=details,
        )

    def _reading(self, stage: "Stage", own: int, wide: int, formula: str) -> Reading:
        if not own:
            return self.say("none", node=stage.path, dense=wide)
        if own >= wide:
            return self.say("dense", node=stage.path, formula=formula, parameters=own)
        return self.say(
            "beside",
            node=stage.path,
            formula=formula,
            parameters=own,
            dense=wide,
            factor=wide / own,
        )
