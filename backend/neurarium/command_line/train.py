"""`neurarium train`: train a job here and now, without a server."""

import argparse
import json
import math
import sys
import time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import ValidationError

from neurarium.training.baseline import baselines
from neurarium.training.check import JobError
from neurarium.training.features import fit_graph
from neurarium.training.job import Job, merge, sentence
from neurarium_models.preset import PRESETS

if TYPE_CHECKING:
    from neurarium.training.run import Run

STATUS = {"finished": 0, "diverged": 3, "stopped": 130}
"""What the command returns to the shell."""
ROUND = 500
"""Steps between two looks at the clock and the progress bar."""


class Outcome(NamedTuple):
    """How a training ended."""

    state: Literal["finished", "diverged", "stopped"]
    seconds: float
    """Of the processor, in training alone."""
    reason: str = ""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "train", help="train a job without a server", description=__doc__
    )
    parser.add_argument("job", help="a preset, or a file with a job as JSON (-: standard input)")
    parser.add_argument("--steps", type=int, help="optimiser steps (the job's own)")
    parser.add_argument("--seed", type=int, help="where all randomness comes from (the job's own)")
    parser.add_argument(
        "--engine", choices=["auto", "plain"], help="how steps are computed (the job's own)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a setting: optimizer.lr=0.1; repeatable",
    )
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="folder for weights.safetensors and job.json"
    )
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, then say how good the network has become; the exit status tells whether it has finished."""
    try:
        job = read(args.job, changes(args))
        from neurarium.training.run import Run

        training = Run(job)
    except (JobError, ValueError, OSError) as error:
        sys.stderr.write(f"{complaint(error)}\n")
        return 2
    outcome = train(training)
    result = summary(training, outcome)
    if outcome.reason:
        sys.stderr.write(f"{outcome.reason}\n")
    if args.export is not None:
        export(training, args.export)
    sys.stdout.write(json.dumps(result, allow_nan=False) + "\n" if args.json else table(result))
    return STATUS[outcome.state]


def read(name: str, wanted: dict[str, Any]) -> Job:
    """Find a preset's job, or one in a document, and lay changes over it."""
    if name in list(PRESETS):
        preset = PRESETS[name]
        if preset.job is None:
            raise ValueError(f"{preset.title} is here to be looked at: it has no job to train.")
        document = {
            "title": preset.title,
            "name": preset.name,
            **preset.job,
            "graph": preset.graph,
        }
    elif name == "-" or Path(name).is_file():
        document = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text("utf-8"))
    else:
        raise ValueError(f"There is no preset and no file {name}. Presets: {', '.join(PRESETS)}.")
    job = Job.model_validate(document)
    if not wanted:
        return job
    return fit_graph(Job.model_validate(merge(job.model_dump(mode="json"), wanted)), job.dataset)


def changes(args: argparse.Namespace) -> dict[str, Any]:
    """Collect what the command line lays over the job."""
    result: dict[str, Any] = {}
    for each in args.set:
        key, equals, text = each.partition("=")
        if not equals:
            raise ValueError(f"--set takes KEY=VALUE, as in optimizer.lr=0.1, not {each}.")
        try:
            result[key] = json.loads(text)
        except json.JSONDecodeError:
            result[key] = text
    given = {"steps": args.steps, "seed": args.seed, "engine": args.engine}
    return result | {key: value for key, value in given.items() if value is not None}


def complaint(error: Exception) -> str:
    """Say what is wrong with a job."""
    return sentence(error) if isinstance(error, ValidationError) else str(error)


def train(training: "Run") -> Outcome:
    """Take all steps of the job, with a progress bar on standard error."""
    from tqdm import tqdm

    from neurarium.training.divergence import Diverged

    start = time.thread_time()
    with tqdm(total=training.job.steps, unit=" steps", mininterval=0.25) as bar:
        try:
            while training.step < training.job.steps:
                reports = training.take_many(ROUND)
                if reports.step >= bar.n + ROUND:
                    bar.set_postfix_str(f"loss {reports.loss[-1]:.4g}", refresh=False)
                    bar.update(reports.step - bar.n)
        except Diverged as divergence:
            return Outcome("diverged", time.thread_time() - start, str(divergence))
        except KeyboardInterrupt:
            return Outcome("stopped", time.thread_time() - start, "Stopped.")
        finally:
            bar.update(training.step - bar.n)
    return Outcome("finished", time.thread_time() - start)


def summary(training: "Run", outcome: Outcome) -> dict[str, Any]:
    """Put together what the training has come to, as JSON; numbers that are not finite become null."""
    numbers = {
        name.removeprefix("train_"): value if math.isfinite(value) else None
        for name, value in training.evaluate().items()
    }
    document = training.job.model_dump_json().encode()
    return {
        "run": blake2b(document, digest_size=8).hexdigest(),
        "title": training.job.title,
        "step": training.step,
        "epoch": training.epoch,
        "seconds": outcome.seconds,
        "state": outcome.state,
        "device": training.device.type,
        "engine": training.engine.name,
        "parameters": training.inspection.parameters,
        "metrics": numbers,
        "baseline": baselines(training.job, training.examples),
    }


def table(result: dict[str, Any]) -> str:
    """Write a summary for people."""
    numbers, baseline = result["metrics"], result["baseline"]
    names = [name for name in numbers if not name.startswith("validation_")]
    rows = [("", "training", "held out")]
    rows += [
        (name, digits(numbers[name]), digits(numbers.get(f"validation_{name}"))) for name in names
    ]
    if baseline:
        words = {"linear": "a straight line", "chance": "chance"}
        rows += [
            (f"  {words[key]} ({names[-1]})", "", digits(baseline[key]))
            for key in words
            if key in baseline
        ]
    width = max(len(row[0]) for row in rows)
    lines = [f"{name:{width}}  {left:>10}  {right:>10}".rstrip() for name, left, right in rows]
    head = (
        f"{result['title'] or 'The run'}: {result['state']} after {result['step']:,} steps "
        f"({result['epoch']:,.4g} epochs) in {result['seconds']:.2f} s of training on the {result['device']}."
    )
    return "\n".join([head, *lines]) + "\n"


def digits(value: float | None) -> str:
    """Write a number as people read it."""
    return "" if value is None else f"{value:.4g}"


def export(training: "Run", folder: Path) -> None:
    """Write the weights, by the names of the network's parameters, and the job."""
    import safetensors.torch

    folder.mkdir(parents=True, exist_ok=True)
    # Each tensor gets memory of its own: in training they may share it.
    weights = {name: value.cpu().clone() for name, value in training.network.state_dict().items()}
    (folder / "weights.safetensors").write_bytes(safetensors.torch.save(weights))
    (folder / "job.json").write_text(training.job.model_dump_json(indent=2), encoding="utf-8")
