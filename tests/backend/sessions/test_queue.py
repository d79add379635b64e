"""In which order probes look at the same moment."""

from neurarium.probes.answer import Answer
from neurarium.probes.attention import Attention
from neurarium.probes.health import Health
from neurarium.sessions.gaze import Gazes


def test_what_costs_little_comes_first_and_what_needs_an_observed_step_last() -> None:
    gazes = Gazes()
    for watch, probe in enumerate((Health(), Answer(), Attention())):
        gazes.add(watch, probe)
    for each, cost in zip(gazes, (0.001, 0.2, 0.01), strict=True):
        each.purse.measure(cost)
    gazes.enqueue(gazes.due(0.0, 1, free=True))
    gazes.enqueue(gazes.due(0.0, 1, free=True))
    order = []
    while (gaze := gazes.next()) is not None:
        order.append(gaze.watch)
    assert order == [2, 1, 0]


def test_what_is_asked_meanwhile_comes_before_what_costs_more() -> None:
    gazes = Gazes()
    gazes.add(0, Answer())
    next(iter(gazes)).purse.measure(0.2)
    gazes.enqueue(gazes.due(0.0, 1, free=True))
    gazes.add(1, Attention())
    gazes.enqueue(gazes.due(0.0, 1, free=True))
    first = gazes.next()
    assert first is not None
    assert first.watch == 1
