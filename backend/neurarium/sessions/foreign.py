"""Networks in a format that is not ours, as the process for analyses writes and reads them."""

from collections.abc import Iterator
from contextlib import contextmanager

from neurarium.sessions.errors import Refused
from neurarium.sessions.protocol import Answer, ReadOnnx
from neurarium.training.onnx import NotInstalledError, OnnxError
from neurarium.training.run import Run


def write_onnx(run: Run) -> bytes:
    """Write a run's network as it is now."""
    with _refusing("command-refused"):
        from neurarium.training.onnx.write import write

        return write(run.job, run.network, run.step)


def read_onnx(asked: ReadOnnx) -> Answer:
    """Read a file as a network with its weights."""
    with _refusing("file-refused"):
        from neurarium.training.onnx.read import read

        found = read(asked.document)
    facts = {
        "title": found.title,
        "graph": found.graph.model_dump_json(),
        "job": None if found.job is None else found.job.model_dump_json(),
        "own": found.is_own,
    }
    return Answer(asked.id, 0, facts, found.weights)


@contextmanager
def _refusing(code: str) -> Iterator[None]:
    try:
        yield
    except NotInstalledError as problem:
        raise Refused("not-installed", str(problem)) from problem
    except OnnxError as problem:
        raise Refused(code, str(problem)) from problem
