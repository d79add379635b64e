"""Where a worker answers what is asked about its runs. What goes wrong becomes a refusal with a sentence."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from pydantic import TypeAdapter

from neurarium.capture.document import CaptureError
from neurarium.probe import ProbeError
from neurarium.sessions import gaze, using
from neurarium.sessions.analysis import Analyses, work
from neurarium.sessions.archive import Scribe
from neurarium.sessions.control import AnyControl, Rewind
from neurarium.sessions.errand import Errands
from neurarium.sessions.errors import Refused, is_out_of_memory
from neurarium.sessions.foreign import read_onnx, write_onnx
from neurarium.sessions.parcels import Stored
from neurarium.sessions.protocol import (
    Analyse,
    Answer,
    Asked,
    CaptureStep,
    ChannelError,
    Create,
    Drop,
    Generate,
    Look,
    Predict,
    ReadOnnx,
    Refusal,
    Save,
    Spoken,
    Steer,
    Weights,
    WriteOnnx,
)
from neurarium.sessions.question import AnyAnalysis
from neurarium.sessions.revival import Revival
from neurarium.sessions.trainee import Trainee
from neurarium.training.check import JobError, check_room
from neurarium.training.command import AnyCommand
from neurarium.training.device import free_memory
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.state import StateError
from neurarium.training.view import View

QUESTION: TypeAdapter[AnyAnalysis] = TypeAdapter(AnyAnalysis)
LOGGER = logging.getLogger(__name__)
COMMAND: TypeAdapter[AnyCommand | AnyControl] = TypeAdapter(AnyCommand | AnyControl)


class Desk:
    """The runs of a worker by name, and what can be asked of them."""

    def __init__(self, device: str, send: Callable[[Spoken], None]) -> None:
        self.device = device
        self.trainees: dict[str, Trainee] = {}
        self.analyses = Analyses()
        self._errands = Errands()
        self._revivals: dict[str, Revival] = {}
        self._scribe: Scribe | None = None
        self._send = send

    @property
    def is_idle(self) -> bool:
        """Whether nothing that was asked is left to do."""
        return not len(self._errands) and not len(self.analyses)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for a past step."""
        return bool(len(self._errands))

    @property
    def turn(self) -> str:
        """The run for which it goes on next."""
        return self._errands.turn

    def answer(self, asked: Asked) -> None:
        """Carry out a request and answer it, at once or as soon as a past step is reached."""
        with self._refusing(asked):
            if isinstance(asked, Drop):
                for other in self._errands.drop(asked.run):
                    self._send(Refusal(other.id, "not-found", "The run was deleted."))
                for number in self.analyses.drop(asked.run):
                    self._send(Refusal(number, "not-found", "The run was deleted."))
            if isinstance(asked, Analyse):
                self._begin(asked)
                return
            way = self._way(asked)
            if way is not None or asked.run in self._errands:
                self._errands.add(asked, way or iter(()))
            else:
                self._send(self._carry_out(asked))

    def carry_on(self, until: float) -> None:
        """Go on for a while with what takes long."""
        asked = self._errands.advance(until) if len(self._errands) else None
        if asked is not None:
            with self._refusing(asked):
                self._send(self._carry_out(asked))
        if len(self.analyses):
            analysis = self.analyses.next()
            with self._refusing(analysis.asked):
                for told in self.analyses.advance(analysis, until):
                    self._send(told)

    def _begin(self, asked: Analyse) -> None:
        """Take an analysis on; it works on a copy of the run as it is now."""
        trainee = self._trainee(asked.run)
        question = QUESTION.validate_json(asked.question)
        self.analyses.begin(asked, work(question, trainee.run))

    def _trainee(self, run: str) -> Trainee:
        trainee = self.trainees.get(run)
        if trainee is None:
            raise Refused("not-found", "This worker does not train that run.")
        return trainee

    @contextmanager
    def _refusing(self, asked: Asked) -> Iterator[None]:
        """Turn whatever goes wrong into an answer: a run's fault ends that run, never the worker."""
        try:
            yield
        except ChannelError:
            raise
        except Refused as refused:
            self._send(Refusal(asked.id, refused.code, str(refused), refused.values))
        except Exception as problem:
            LOGGER.error("%s of run %s failed", type(asked).__name__, asked.run, exc_info=problem)
            self._send(Refusal(asked.id, "worker-failed", _sentence(problem)))
            if isinstance(asked, Steer) and asked.run in self.trainees:
                self.trainees[asked.run].fail(problem)

    def _way(self, asked: Asked) -> Iterator[None] | None:
        """Find the way to the past step that a request is about; None if it is about the present."""
        if isinstance(asked, Create):
            revival = self._revivals[asked.run] = self._build(asked)
            return revival.way(asked, self._send)
        trainee = self.trainees.get(asked.run)
        step = _past_step(asked)
        if trainee is None or step is None:
            return None
        if not trainee.timeline.start <= step < trainee.run.step:
            return None  # the present, or a step that is refused at once
        if isinstance(asked, Steer):
            trainee.stand_still()
        return chain(self._checks(trainee, asked, step), trainee.timeline.approach(step))

    def _checks(self, trainee: Trainee, asked: Asked, step: int) -> Iterator[None]:
        """Go the longer way of a look that wants to know whether the way is the same as the first time."""
        if isinstance(asked, Look) and gaze.read(asked.probe).kind == "replay":
            yield from trainee.timeline.verify(step)

    def _carry_out(self, asked: Asked) -> Answer:
        if isinstance(asked, Create):
            return self._create(asked)
        if isinstance(asked, Analyse):
            raise TypeError("an analysis is begun, not carried out")
        if isinstance(asked, ReadOnnx):
            return read_onnx(asked)
        trainee = self._trainee(asked.run)
        if isinstance(asked, Drop):
            del self.trainees[asked.run]
            if trainee.timeline.archive is not None:
                trainee.timeline.archive.close()
        return _answer(trainee, asked)

    def collect(self) -> None:
        """Tell which checkpoints were written."""
        for trainee in self.trainees.values():
            if trainee.timeline.archive is not None:
                trainee.timeline.archive.collect()

    def _build(self, asked: Create) -> Revival:
        """Build a run, as it is at its beginning."""
        job = Job.model_validate_json(asked.job)
        if asked.folder is not None and self._scribe is None:
            self._scribe = Scribe()
        try:
            parcels = None if asked.folder is None else Stored(Path(asked.folder))
            place = self._place(job)
            check_room(job, free_memory(torch.device(place)))
            run = Run(job, place, parcels=parcels)
            return Revival(asked, run, self._scribe, self._send)
        except JobError as problem:
            raise Refused("job-refused", str(problem), node=problem.node or "") from problem
        except StateError as problem:
            raise Refused("job-refused", str(problem)) from problem

    def _create(self, asked: Create) -> Answer:
        timeline = (self._revivals.pop(asked.run, None) or self._build(asked)).timeline
        run = timeline.run
        trainee = Trainee(asked.run, asked.attempt, timeline, self._send)
        if asked.past is not None:
            if run.step != asked.past.step:
                raise Refused(
                    "worker-failed",
                    f"The run could be brought to step {run.step} only, not to {asked.past.step}.",
                )
            trainee.state = asked.past.state
        self.trainees[asked.run] = trainee
        facts = {
            "state": trainee.state,
            "epoch": run.epoch,
            "parameters": run.inspection.parameters,
            "device": run.device.type,
            "engine": run.engine.name,
            "snapshots": timeline.steps(),
            "job": run.job.model_dump_json(),
        }
        return Answer(asked.id, run.step, facts)

    def _place(self, job: Job) -> str:
        """Choose where a job is computed: where this worker is, or on the CPU."""
        kind = job.device.partition(":")[0]
        if kind in ("auto", self.device.partition(":")[0]):
            return self.device
        if kind != "cpu":
            raise Refused(
                "no-device",
                f"There is no device `{kind}` here. This server trains on `{self.device}`.",
            )
        return "cpu"


def _sentence(problem: Exception) -> str:
    if is_out_of_memory(problem):
        return "This takes more memory than the worker may have. Take a smaller network or batch."
    return f"This went wrong in the worker: {type(problem).__name__}."


def _past_step(asked: Asked) -> int | None:
    """Tell which step a request is about, if it names one."""
    if isinstance(asked, (Look, Save, Predict, Generate, Weights)):
        return asked.step
    if isinstance(asked, Steer):
        command = COMMAND.validate_json(asked.command)
        return command.step if isinstance(command, Rewind) else None
    return None


def _answer(
    trainee: Trainee,
    asked: Steer | Look | Save | Weights | WriteOnnx | Predict | Generate | CaptureStep | Drop,
) -> Answer:
    facts: dict[str, Any] = {}
    body = b""
    match asked:
        case Steer():
            effect = trainee.steer(COMMAND.validate_json(asked.command), asked.parcel)
            body = b"" if effect is None else effect.model_dump_json().encode()
        case Look():
            body = _look(trainee, asked)
        case Save():
            return _save(trainee, asked)
        case Weights():
            view = _view(trainee, asked.step)
            body, facts["job"] = _weights(view), view.job.model_dump_json()
            return Answer(asked.id, view.step, facts, body)
        case WriteOnnx():
            body = write_onnx(trainee.run)
        case CaptureStep():
            body = _capture(trainee, asked)
        case Predict():
            facts["outputs"] = using.predict(_view(trainee, asked.step), asked.inputs)
        case Generate():
            facts = using.generate(_view(trainee, asked.step), asked.utterance)
    return Answer(asked.id, trainee.run.step, facts, body)


def _capture(trainee: Trainee, asked: CaptureStep) -> bytes:
    try:
        return trainee.capture(asked.extent).model_dump_json().encode()
    except CaptureError as problem:
        raise Refused("probe-refused", str(problem)) from problem


def _look(trainee: Trainee, asked: Look) -> bytes:
    probe = gaze.read(asked.probe)
    if probe.executes is not None:
        trainee.capture(probe.executes)  # on a copy of the run, which this process is for
    view = _view(trainee, asked.step, observed=probe.observes_step)
    try:
        return gaze.draw(probe, trainee.name, view, asked.form, asked.picture)
    except ProbeError as problem:
        raise Refused("probe-refused", str(problem)) from problem


def _view(trainee: Trainee, step: int | None, *, observed: bool = False) -> View:
    try:
        return trainee.view(step, observed=observed)
    except ValueError as problem:
        raise Refused("no-such-step", str(problem)) from problem


def _save(trainee: Trainee, asked: Save) -> Answer:
    try:
        state = trainee.timeline.state(asked.step)
    except ValueError as problem:
        raise Refused("no-such-step", str(problem)) from problem
    return Answer(
        asked.id, state.facts.step, {"job": state.facts.job.model_dump_json()}, state.dumps()
    )


def _weights(view: View) -> bytes:
    tensors = {
        name: value.detach().cpu().contiguous().clone()
        for name, value in view.network.state_dict().items()
    }
    return safetensors.torch.save(tensors, metadata={"format": "pt", "step": str(view.step)})
