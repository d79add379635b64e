"""What can be asked of a run: it is looked at, used, written down and worked on, and stays as it is."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from neurarium.probe import Probe
from neurarium.sessions.house import House
from neurarium.sessions.link import Link
from neurarium.sessions.protocol import Answer, Form, Generate, Look, Predict, Save, Weights
from neurarium.sessions.question import AnyAnalysis
from neurarium.sessions.utterance import Utterance
from neurarium.sessions.viewer import FrameBytes
from neurarium.training.job import Job


class Asking(ABC):
    """A run that can be asked."""

    id: str
    _house: House

    async def look(
        self, probe: Probe, step: int | None = None, form: Form = "wire", picture: str | None = None
    ) -> FrameBytes:
        """Compute a probe once, now or at a past step; `form` is how it is written, `picture` what becomes an image."""
        document = probe.model_dump_json().encode()
        if probe.is_long:
            job, state, _ = await self.save(step)
            return await self._house.analyst.look(job, state, document, form, picture)
        return (await self._ask(Look, probe=document, step=step, form=form, picture=picture)).body

    async def predict(
        self, inputs: dict[str, list[Any]], step: int | None = None
    ) -> tuple[dict[str, Any], int]:
        """Use the network on examples, as it is now or was at a past step: outputs, and the step they belong to."""
        answer = await self._ask(Predict, inputs=json.dumps(inputs).encode(), step=step)
        outputs: dict[str, Any] = answer.facts["outputs"]
        return outputs, answer.step if step is None else step

    async def generate(self, utterance: Utterance, step: int | None = None) -> dict[str, Any]:
        """Let the network say words, as it is now or was at a past step; or tell which of a text it does not know."""
        document = utterance.model_dump_json().encode()
        answer = await self._ask(Generate, utterance=document, step=step)
        return {**answer.facts, "step": answer.step if step is None else step}

    async def analyse(
        self, question: AnyAnalysis, told: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> dict[str, Any]:
        """Have something worked out on copies of the run, which goes on; `told` hears parts of the answer."""
        job, state, _ = await self.save()
        document = question.model_dump_json().encode()
        return await self._house.analyst.analyse(job, state, document, told)

    async def weights(self, step: int | None = None) -> Answer:
        """Write down what it has learned, by now or at a past step, as safetensors."""
        return await self._ask(Weights, step=step)

    async def onnx(self) -> tuple[bytes, int]:
        """Write the network down as ONNX, as it is now: bytes, step."""
        job, state, step = await self.save()
        return await self._house.analyst.onnx(job, state), step

    async def save(self, step: int | None = None) -> tuple[Job, bytes, int]:
        """Write down all that continuation depends on, now or at a past step: job, state, step."""
        answer = await self._ask(Save, step=step)
        return Job.model_validate_json(answer.facts["job"]), answer.body, answer.step

    async def _ask(self, kind: Any, **facts: Any) -> Answer:
        return await (await self._placed()).ask(kind, self.id, **facts)

    @abstractmethod
    async def _placed(self) -> Link:
        """Return its worker; where it is in none yet, it is brought into one first."""
