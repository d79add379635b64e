"""A run whose numbers become infinite says so, and the way back is one press."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.desk import shown_step, until, visit, word, write
from tests.e2e.line import Overheard
from tests.e2e.script import TRAINING, Script


@pytest.mark.slow
def test_an_infinite_loss_is_explained_and_undone(page: Page, script: Script) -> None:
    run = script.create("mlp-regression", steps=50_000, optimizer={"kind": "SGD", "lr": 0.03})
    visit(page, f"{script.address}/b/{run}")
    script.play(run, pace=100)
    until(page, lambda: shown_step(page) > 30)

    write(word(page, "Learning rate"), 1e6)

    script.until(lambda: script.run(run)["state"] == "diverged", TRAINING)
    said = page.get_by_role("alert")
    expect(said).to_contain_text("became infinite after step", timeout=15_000)
    back = said.get_by_role("button", name=re.compile(r"Go back to step"))
    step = int(re.sub(r"\D", "", back.inner_text()))
    back.click()
    until(page, lambda: script.stands(run, step))
    until(page, lambda: shown_step(page) == step)
    expect(said).to_be_hidden()


@pytest.mark.slow
def test_an_answer_that_comes_late_takes_nothing_back(page: Page, script: Script) -> None:
    """The page asks for the run after the change; the answer was written before the run diverged, and comes after."""
    run = script.create("mlp-regression", steps=50_000, optimizer={"kind": "SGD", "lr": 0.03})
    heard = Overheard(page)
    asked: list[str] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        asked.append(answer.json()["state"])
        if len(asked) == 1:
            script.play(run, pace=100)
            until(page, lambda: bool(heard.said("event", state="diverged")))
        route.fulfill(response=answer)

    visit(page, f"{script.address}/b/{run}")
    script.play(run, pace=2)
    until(page, lambda: shown_step(page) > 1)
    page.route(re.compile(f"/api/v1/runs/{run}$"), hold)
    write(word(page, "Learning rate"), 1e6)

    until(page, lambda: asked == ["running", "diverged"])  # the first was too old: it asks again
    expect(page.get_by_role("alert")).to_contain_text("became infinite after step")
