"""A command id is carried out once; what it answered is kept for a while."""

import asyncio

import pytest

from neurarium.sessions import limits
from neurarium.sessions.answers import Answers
from neurarium.sessions.errors import Refused, Unavailable


async def test_the_same_id_is_done_once_also_while_it_is_under_way() -> None:
    answers: Answers[int] = Answers()
    done, gate = [], asyncio.Event()

    async def work() -> int:
        done.append(1)
        await gate.wait()
        return len(done)

    waiting = [asyncio.create_task(answers.once("a", "x", work)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.set()
    assert await asyncio.gather(*waiting[1:]) == [1] * 4
    assert await answers.once("a", "x", work) == 1
    assert await answers.once("b", "x", work) == 2
    with pytest.raises(Refused) as refused:
        await answers.once("a", "y", work)
    assert refused.value.code == "cmd-id-reused"


async def test_a_refusal_is_an_answer_too() -> None:
    answers: Answers[int] = Answers()
    asked = []

    async def work() -> int:
        asked.append(1)
        raise Refused("no", "No.")

    for _ in range(3):
        with pytest.raises(Refused, match="No"):
            await answers.once("a", "x", work)
    assert len(asked) == 1


async def test_that_nobody_was_there_is_no_answer() -> None:
    answers: Answers[int] = Answers()
    asked = []

    async def work() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise Unavailable("Ask again in a moment.")
        return 7

    with pytest.raises(Unavailable):
        await answers.once("a", "x", work)
    assert [await answers.once("a", "x", work) for _ in range(2)] == [7, 7]
    assert len(asked) == 2


async def test_answers_and_commands_under_way_are_bounded() -> None:
    answers: Answers[int] = Answers()
    gate = asyncio.Event()

    async def work() -> int:
        await gate.wait()
        return 1

    waiting = [
        asyncio.create_task(answers.once(str(number), "", work))
        for number in range(limits.COMMANDS_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await answers.once("more", "", work)
    assert (refused.value.code, refused.value.values) == (
        "busy",
        {"limit": limits.COMMANDS_WAITING},
    )
    gate.set()
    await asyncio.gather(*waiting)
    for number in range(limits.ANSWERS_KEPT * 2):
        await answers.once(f"n{number}", "", work)
    assert len(answers._tasks) == limits.ANSWERS_KEPT
