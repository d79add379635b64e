"""The referee: whether gradients say how the loss changes."""

from typing import Literal

from pydantic import Field

from neurarium.api.messages import Count, RunId
from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, finite
from neurarium.sessions.question import Check, Target

router = new_router("runs", "/api/v1/runs/{run}")


class Checked(Answer):
    """One derivative of the loss, computed in two ways."""

    target: Target
    autograd: float | None = Field(
        description="What the way back says, tampering included; null: not finite."
    )
    difference: float | None = Field(
        description="What the way forward says: the central difference."
    )
    error: float | None = Field(
        description="How far apart they are, beside the greater one; 0 where both are within rounding."
    )
    h: float = Field(description="How far the number was moved to each side, at most.")
    verdict: Literal["agrees", "differs", "kink"] = Field(
        description="`agrees`: within a millionth. `kink`: the slopes on both sides differ however near one looks, and "
        "autograd says one between them."
    )
    left: float | None = Field(description="The slope on the left side of the number.")
    right: float | None = Field(description="The slope on its right side.")


class Verdicts(Answer):
    """What the referee says."""

    run: RunId
    step: Count = Field(description="The steps taken: the loss is that of the next one.")
    example: int | None = Field(
        description="The example whose loss it is; null: the minibatch of the next step."
    )
    checks: list[Checked] = Field(description="In the order of the targets.")


@router.post(
    "/check",
    responses=documented(*BODY, "not-found", "check-refused", "busy", "run-failed", "unavailable"),
)
async def check(session: Named, question: Check) -> Verdicts:
    """Compare gradients with how the loss changes when one number is moved a little, in float64, on a copy.

    The way back is the run's own, with its tampering; the way forward is what tampering leaves as it is. So a cut edge
    or a wrong backward shows.
    """
    facts = await session.analyse(question)
    checks = [
        Checked(target=target, **finite(found))
        for target, found in zip(question.targets, facts["checks"], strict=True)
    ]
    return Verdicts(run=session.id, step=facts["step"], example=question.example, checks=checks)
