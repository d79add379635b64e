"""Sorting what waits for each other."""

from neurarium_models.order import in_order


def test_each_comes_after_what_it_needs_else_as_given() -> None:
    needs = {"d": {"b", "c"}, "b": {"a"}, "c": {"a"}, "a": set[str](), "e": set[str]()}
    assert in_order(needs) == (["a", "b", "c", "d", "e"], [])


def test_names_a_circle_in_the_direction_of_flow() -> None:
    needs = {"a": {"c"}, "b": {"a"}, "c": {"b"}, "start": set[str](), "behind": {"c", "start"}}
    order, circles = in_order(needs)
    assert order == ["start", "a", "b", "c", "behind"]
    assert circles == [["a", "b", "c"]]


def test_names_every_circle_once() -> None:
    needs = {"a": {"a"}, "b": {"c"}, "c": {"b"}, "d": {"a", "b"}, "e": {"d"}}
    _, circles = in_order(needs)
    assert circles == [["a"], ["b", "c"]]


def test_takes_long_chains_and_circles() -> None:
    size = 5000
    chain = {str(i): {str(i - 1)} if i else set[str]() for i in reversed(range(size))}
    order, circles = in_order(chain)
    assert order == [str(i) for i in range(size)]
    assert circles == []
    _, circles = in_order({str(i): {str((i + 1) % size)} for i in range(size)})
    assert [len(circle) for circle in circles] == [size]
