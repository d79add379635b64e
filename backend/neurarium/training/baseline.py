"""What a network has to beat: guessing, and the best straight line through the same inputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import ClassTarget, Examples, RealTarget, Split
from neurarium.training.job import Job


def baselines(job: Job, examples: Examples) -> dict[str, float]:
    """Measure guessing (`chance`) and a linear model (`linear`) on the held-out examples, as the task measures.

    That is the accuracy of the commonest class and of logistic regression, or the squared error of the mean and of
    linear regression; nothing where neither makes sense, and no line through tokens, whose numbers are mere names.
    Where nothing is held out, the training set is measured.
    """
    train = examples.train
    test = examples.validation if len(examples.validation) else train
    match job.dataset.target():
        case ClassTarget():
            return _classes(job, train, test)
        case RealTarget():
            return _numbers(job, train, test)
        case _:
            return {}


def _classes(job: Job, train: Split, test: Split) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    labels, wanted = train.arrays["y"], test.arrays["y"]
    commonest = np.bincount(labels).argmax()
    chance = float(np.mean(wanted == commonest))
    if job.graph.reads_tokens:
        return {"chance": chance}
    if len(np.unique(labels)) == 1:
        return {"chance": chance, "linear": chance}
    # Products this small take longer on several threads: where cores are shared, fifteen times as long.
    with threadpool_limits(1):
        line = LogisticRegression(C=1e4, max_iter=10_000).fit(_inputs(job, train), labels)
    return {"chance": chance, "linear": float(line.score(_inputs(job, test), wanted))}


def _numbers(job: Job, train: Split, test: Split) -> dict[str, float]:
    from sklearn.linear_model import Ridge

    values, wanted = train.arrays["y"], test.arrays["y"]
    line = Ridge(alpha=1e-6).fit(_inputs(job, train), values)
    found = line.predict(_inputs(job, test)).reshape(wanted.shape)
    return {
        "chance": float(np.square(wanted - values.mean(0)).sum(-1).mean()),
        "linear": float(np.square(wanted - found).sum(-1).mean()),
    }


def _inputs(job: Job, split: Split) -> NDArray[Any]:
    """All that the network is given, as one row for each example."""
    rows = [split.arrays[name].reshape(len(split), -1) for name in job.graph.inputs]
    return np.concatenate(rows, axis=1)
