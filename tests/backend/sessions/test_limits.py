"""Every bound of the room is listed, explained, and driven over by a test that this file names."""

import asyncio
import importlib
import inspect
import sys
import time

import pytest

from neurarium.clock import CLOCK
from neurarium.sessions import limits, machine
from neurarium.sessions.complaints import collect
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.limits import Limit
from neurarium.sessions.placement import Placement
from neurarium.sessions.protocol import Note, Steer, WatchProbe
from neurarium.sessions.table import Sessions
from neurarium.sessions.viewer import Viewer
from neurarium.sessions.watches import Watches
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job, probe

DRIVEN_OVER = {
    "RUNS_KEPT": "test_table.test_runs_kept_and_runs_playing_are_bounded",
    "RUNS_PLAYING": "test_table.test_many_plays_at_once_do_not_slip_past_the_bound",
    "RUNS_IN_ALL": "test_table.test_runs_kept_and_runs_playing_are_bounded",
    "MEMORY_PERCENT": "test_limits.test_no_run_is_admitted_where_memory_is_short",
    "DEMOS_KEPT": "test_table.test_a_finished_demo_is_followed_by_a_fresh_one",
    "ANSWERS_KEPT": "test_answers.test_answers_and_commands_under_way_are_bounded",
    "COMMANDS_WAITING": "test_answers.test_answers_and_commands_under_way_are_bounded",
    "RECORDS_KEPT": "test_log.test_what_is_too_old_or_too_much_is_a_reset",
    "RECORD_BYTES_KEPT": "test_log.test_the_log_forgets_by_weight_and_keeps_the_curves",
    "RESUME_RECORDS": "test_log.test_what_is_too_old_or_too_much_is_a_reset",
    "RESUME_BYTES": "test_log.test_a_heavy_resume_is_a_reset",
    "CURVE_POINTS": "test_log.test_a_thinned_curve_keeps_spikes_and_counts",
    "CURVES": "test_log.test_a_run_has_a_bounded_number_of_curves",
    "JOURNAL_KEPT": "test_log.test_the_journal_in_memory_is_bounded",
    "INHERITED_POINTS": "test_log.test_a_fork_begins_with_the_curves",
    "CHECKPOINTS": "test_archive.test_checkpoints_are_thinned_evenly_within_their_bound",
    "CHECKPOINT_BYTES": "test_archive.test_checkpoints_are_thinned_evenly_within_their_bound",
    "PARCEL_BYTES": "test_parcels.test_beyond_the_bound_nothing_is_put_there",
    "CHUNK_POINTS": "store.test_restart.test_curves_are_what_they_were_in_rows_of_a_thousand",
    "UNWRITTEN_BYTES": "store.test_trouble.test_on_a_full_disk_runs_go_on_then_stand_still_then_go_on",
    "BACKLOG_BYTES": "test_viewer.test_a_viewer_that_falls_behind_is_told_the_gap_and_goes_on",
    "FOLLOWED": "test_viewer.test_a_viewer_follows_and_watches_a_bounded_number",
    "SUBSCRIPTIONS": "test_viewer.test_a_viewer_follows_and_watches_a_bounded_number",
    "CREDITS": "test_viewer.test_pictures_are_latest_wins_with_two_credits",
    "STUCK_SECONDS": "test_viewer.test_stuck_is_who_shows_no_sign_for_fifteen_seconds",
    "PROBES_WATCHED": "test_limits.test_a_run_has_a_bounded_number_of_watched_probes",
    "MESSAGE_BYTES": "test_channel.test_a_message_that_is_too_long_is_refused_by_both_sides",
    "UNREAD_BYTES": "test_workers.test_a_worker_that_reads_nothing_is_replaced",
    "OUTBOX_BYTES": "test_limits.test_a_worker_whose_news_nobody_reads_trains_no_further",
    "REQUESTS_WAITING": "test_workers.test_requests_to_a_worker_that_does_not_answer_are_bounded",
    "RESTARTS": "test_workers.test_workers_that_die_again_and_again_wait_for_their_minute",
    "RESTART_WINDOW": "test_workers.test_workers_that_die_again_and_again_wait_for_their_minute",
    "DEATHS": "test_suspicion.test_a_run_that_ends_its_workers_is_put_apart_and_then_given_up",
    "CELLS": "test_suspicion.test_there_is_room_for_a_bounded_number_of_such_runs",
    "WORKERS": "test_limits.test_more_workers_than_allowed_are_not_started",
    "HUNG_SECONDS": "test_vigil.test_who_is_silent_and_idle_is_hung",
    "BUSY_SECONDS": "test_vigil.test_who_is_busy_has_minutes_for_a_step",
    "WORKER_BYTES": "test_forked.test_taking_too_much_memory_fails_the_run_and_the_worker_goes_on",
    "FILE_BYTES": "test_forked.test_a_worker_cannot_write_or_open_more_than_it_may",
    "FILES_OPEN": "test_forked.test_a_worker_cannot_write_or_open_more_than_it_may",
    "STDERR_BYTES": "test_limits.test_an_endless_line_of_complaint_is_cut",
    "ERRANDS": "test_errand.test_errands_are_bounded",
    "ANALYSES": "test_analysis.test_analyses_are_bounded",
    "SWEEP_PARAMETERS": "test_analysis.test_copies_of_a_large_network_are_refused",
    "LAYERS_CAPTURED": "test_captures.test_too_deep_a_network_is_refused",
    "EXAMPLES_PREDICTED": "test_session.test_the_network_can_be_used",
    "POINTS_GATHERED": "test_gathering.test_it_is_due_at_once_when_somebody_waits_and_at_its_bound",
}


def test_every_bound_is_driven_over() -> None:
    assert set(DRIVEN_OVER) == set(limits.TABLE)
    for place in DRIVEN_OVER.values():
        module, _, name = place.rpartition(".")
        test = getattr(importlib.import_module(f"tests.backend.sessions.{module}"), name)
        assert inspect.isfunction(test)


@pytest.mark.parametrize("name", limits.TABLE)
def test_every_bound_says_of_what_it_is_and_what_happens_there(name: str) -> None:
    limit = limits.TABLE[name]
    assert limit > 0
    assert limit.of
    assert limit.policy


def test_a_run_has_a_bounded_number_of_watched_probes() -> None:
    notes: list[Note] = []
    watches = Watches("abcd", notes.append)
    for number in range(limits.PROBES_WATCHED):
        watches.add(Viewer(), 1, probe("boundary", example=number))
    with pytest.raises(Refused) as refused:
        watches.add(Viewer(), 1, probe("boundary"))
    assert (refused.value.code, refused.value.values) == ("busy", {"limit": limits.PROBES_WATCHED})
    watches.add(Viewer(), 1, probe("boundary", example=0))
    assert len(watches) == len(notes) == limits.PROBES_WATCHED


def test_a_worker_whose_news_nobody_reads_trains_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "OUTBOX_BYTES", Limit(50_000, "", ""))
    with Bench() as bench:
        bench.create("abcd", job())
        bench.note(WatchProbe("abcd", 1, b'{"kind":"boundary","size":100}'))
        run = bench.shift.desk.trainees["abcd"].run
        with bench.deaf():
            bench.send(Steer, "abcd", command=b'{"kind":"play"}')

            def stands() -> bool:
                """What was on its way when the reader stopped still goes out: full once is not full for good."""
                step = run.step
                time.sleep(0.2)  # nothing must happen meanwhile
                return bench.shift.channel.is_full and run.step == step

            bench.wait(stands)
            step = run.step
            assert len(bench.shift.channel._unsent) < 500_000
        bench.wait(lambda: run.step > step + 1000 and not bench.shift.channel.is_full)


async def test_no_run_is_admitted_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(workers=1, device="cpu")
    monkeypatch.setattr(machine, "memory_percent", lambda: float(limits.MEMORY_PERCENT) + 1)
    with pytest.raises(Refused) as refused:
        await sessions.create("ada", job())
    assert (refused.value.code, refused.value.values["limit"]) == ("busy", limits.MEMORY_PERCENT)
    monkeypatch.setattr(machine, "memory_percent", lambda: float(limits.MEMORY_PERCENT))
    with pytest.raises(Unavailable):  # let through, as far as memory goes: there is no worker
        await sessions.create("ada", job())


def test_the_machines_memory_is_known() -> None:
    if sys.platform == "linux":
        assert 0 < machine.memory_percent() < 100


async def test_more_workers_than_allowed_are_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WORKERS", Limit(2, "", ""))
    placement = Placement(100, "cpu", lambda *_: None, lambda *_: None, CLOCK)
    assert placement._wanted == 2


async def test_an_endless_line_of_complaint_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(b"x" * 10 * limits.STDERR_BYTES + b"end\n")
    stream.feed_eof()
    await collect("worker 0", stream)
    assert caplog.messages[-1].endswith("end")
    assert len(caplog.messages[-1]) <= limits.STDERR_BYTES + 100
