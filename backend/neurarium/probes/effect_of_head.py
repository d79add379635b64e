"""What each head is good for."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, shares

if TYPE_CHECKING:
    from neurarium.optics.attention import Site
    from neurarium.optics.quality import Quality
    from neurarium.training.view import View


class EffectOfHead(Probe):
    """What is lost without each head of attention, measured: it is switched off, and held-out examples are answered."""

    kind: Literal["effect_of_head"] = "effect_of_head"
    rate: ClassVar = 0.2
    most: int = Field(
        default=256, ge=1, le=2**31, description="Examples measured with, picked evenly."
    )
    says: ClassVar = {
        "most": ("what", "whole", "examples", "node", "head", "without"),
        "none": ("what", "whole", "examples", "heads"),
    }

    @property
    def is_long(self) -> bool:
        """All examples go through once for each head."""
        return True

    def look(self, view: "View") -> Frame:
        """Measure with all heads, then without each one."""
        from neurarium.optics.attention import find, reweighing, sites, without
        from neurarium.optics.quality import measure

        main = find(view.network, self.node)
        chosen = sites(view.network) if self.node is None else (main,)
        whole = measure(view, self.most)
        found: dict[str, list[Quality]] = {site.path: [] for site in chosen}
        for site in chosen:
            for head in range(site.heads):
                with reweighing(view.network, {site.path: without(head)}):
                    found[site.path].append(measure(view, self.most))
        pictures = tuple(
            picture for site in chosen for picture in _pictures(site, found[site.path])
        )
        details = {
            "whole": {name: whole.mean(name) for name in whole.measures},
            "nodes": [site.facts for site in chosen],
            "examples": len(whole.rows),
        }
        return Frame(view.step, pictures, self._reading(whole, found), details=details)

    def _reading(self, whole: "Quality", found: "dict[str, list[Quality]]") -> Reading:
        """Name the head that is missed most."""
        name = "token_accuracy" if "token_accuracy" in whole.measures else "accuracy"
        heads = [
            (quality.mean(name), path, head)
            for path, qualities in found.items()
            for head, quality in enumerate(qualities)
        ]
        least, path, head = min(heads)
        what: dict[str, float | int | str] = {
            "what": "words" if name == "token_accuracy" else "answers",
            "whole": whole.mean(name),
            "examples": len(whole.rows),
        }
        if least >= whole.mean(name):
            return self.say("none", **what, heads=len(heads))
        return self.say("most", **what, node=path, head=head + 1, without=least)


def _pictures(site: "Site", found: "list[Quality]") -> list[Picture]:
    return [
        shares(name, site.path, ("M",), np.array([quality.mean(name) for quality in found]))
        for name in found[0].measures
    ]
