"""A run as one Python file, or as a notebook."""

import json
import textwrap
from typing import Any

import safetensors.numpy

from neurarium.training.job import Job
from neurarium.training.script.parts import TRAINING, Part, parts
from neurarium.training.script.sentences import answers, says
from neurarium_models.source.write import class_name

ANSWERS = "python FILE SENTENCE lets it answer a sentence.\n"
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5}


def script(job: Job, weights: bytes, step: int) -> bytes:
    """Write a file that needs torch alone, or raise TaskError; `weights` is a safetensors document."""
    told = parts(job, safetensors.numpy.load(weights), step)
    text = f'"""{_title(job)}, written by Neurarium after step {step:,}.\n\n'
    text += "python FILE shows what it has learned; python FILE train trains another.\n"
    text += f"{ANSWERS if answers(job) else ''}\n"
    text += "\n".join(textwrap.wrap(told[TRAINING].text, 96)) + '\n"""\n\n'
    text += "\n\n\n".join(part.code for part in told)
    return f'{text}\n\n\nif __name__ == "__main__":\n    main()\n'.encode()


def notebook(job: Job, weights: bytes, step: int) -> bytes:
    """Write the same parts as a notebook, or raise TaskError."""
    told = parts(job, safetensors.numpy.load(weights), step)
    cells = [_markdown("title", f"# {_title(job)}\n\nWritten by Neurarium after step {step:,}.")]
    for number, part in enumerate(told):
        cells += _cells(number, part)
    cells.append(_markdown("see", "## What it has learned"))
    cells.append(_code("look", "look(trained())"))
    if says(job):
        cells.append(_code("say", "say(trained(), picked(HELD_OUT, torch.arange(5)))"))
    cells.append(_markdown("again", "## Train another\n\nChange something above, and see."))
    cells.append(_code("train", "look(train())"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    document = {"cells": cells, "metadata": metadata} | NOTEBOOK
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def _title(job: Job) -> str:
    """Say what the file is, in letters that end neither a docstring nor a heading."""
    title = job.title or class_name(job.name)
    return "".join(letter for letter in title if letter.isprintable() and letter not in '"\\')


def _cells(number: int, part: Part) -> list[dict[str, Any]]:
    return [
        _markdown(f"about-{number}", f"## {part.title}\n\n{part.text}"),
        _code(f"code-{number}", part.code),
    ]


def _markdown(id: str, text: str) -> dict[str, Any]:
    return {"id": id, "cell_type": "markdown", "metadata": {}, "source": text}


def _code(id: str, text: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"execution_count": None, "outputs": []}
    return {"id": id, "cell_type": "code", "metadata": {}, "source": text} | nothing
