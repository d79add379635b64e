"""Put things that wait for each other in order, or say which wait in a circle. Nothing here recurses."""

import heapq
from collections.abc import Mapping

Needs = Mapping[str, set[str]]
"""What each name waits for; all of them are keys themselves."""


def in_order(needs: Needs) -> tuple[list[str], list[list[str]]]:
    """Sort names so that each comes after what it needs, else as given (Kahn's algorithm).

    Names in a circle, or behind one, come last. The circles, which share no name, are listed too.
    """
    readers: dict[str, list[str]] = {name: [] for name in needs}
    for name, sources in needs.items():
        for source in sources:
            readers[source].append(name)
    rank = {name: position for position, name in enumerate(needs)}
    waiting = {name: len(sources) for name, sources in needs.items()}
    ready = [(rank[name], name) for name, count in waiting.items() if not count]
    order: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        order.append(name)
        for reader in readers[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, (rank[reader], reader))
    stuck = {name: needs[name] for name, count in waiting.items() if count}
    return order + list(stuck), _circles(stuck)


def _circles(needs: Needs) -> list[list[str]]:
    """Follow needs backwards until a name comes up again; then go on with the names not yet seen."""
    rank = {name: position for position, name in enumerate(needs)}
    left = dict(rank)
    circles = []
    while left:
        trail: dict[str, None] = {}
        name = next(iter(left))
        while name not in trail:
            trail[name] = None
            onward = needs[name].intersection(left)
            if not onward:  # it hangs behind a circle that was found before
                break
            name = min(onward)
        else:
            steps = list(trail)
            circle = steps[steps.index(name) :][::-1]
            first = circle.index(min(circle, key=rank.__getitem__))
            circles.append(circle[first:] + circle[:first])
        for step in trail:
            del left[step]
    return circles
