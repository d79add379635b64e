"""Looking takes at most 4 % of what training takes; the rate gives way, fairly."""

import pytest

from neurarium.sessions.governor import CREDIT, SHARE, Account, Governor, Purse


def rates(costs: list[float], seconds: float, governor: Governor) -> list[int]:
    """How often each probe looks in so many seconds of training, all that they can."""
    account = Account([Purse() for _ in costs])
    looks = [0] * len(costs)
    for _ in range(int(seconds / 0.0015)):
        governor.trained(0.0015)
        governor.share_out([account])
        for place, purse in enumerate(account.purses):
            if purse.is_full:
                governor.looked(account, purse, costs[place], free=False)
                looks[place] += 1
    return looks


@pytest.mark.parametrize("costs", [[0.001], [0.0005, 0.004, 0.02], [0.01] * 14])
def test_looking_keeps_to_its_share(costs: list[float]) -> None:
    governor = Governor()
    looks = rates(costs, 60, governor)
    assert min(looks) >= 1
    assert governor.looking <= SHARE * governor.training + max(costs)
    assert governor.looking >= 0.9 * SHARE * governor.training


def test_without_the_governor_the_share_is_exceeded() -> None:
    governor = Governor(share=1.0)
    rates([0.001, 0.004], 60, governor)
    assert governor.looking > SHARE * governor.training + 0.004


def test_the_costly_give_way_first_and_nobody_starves() -> None:
    cheap, dear = rates([0.001, 0.02], 100, Governor())
    assert cheap == pytest.approx(20 * dear, rel=0.2)
    assert dear * 0.02 == pytest.approx(2, rel=0.2)


def test_runs_share_equally_whatever_they_watch() -> None:
    governor = Governor()
    one, many = Account([Purse(cost=9)]), Account([Purse(cost=9) for _ in range(9)])
    governor.trained(50)
    governor.share_out([one, many, Account()])
    assert one.purses[0].balance == pytest.approx(1)
    assert sum(purse.balance for purse in many.purses) == pytest.approx(1)


def test_what_is_not_used_is_not_saved_up() -> None:
    governor, purse = Governor(), Purse()
    for _ in range(2):
        governor.trained(1000)
        governor.share_out([Account([purse])])
        assert purse.balance == purse.cost


def test_looks_that_keep_nothing_waiting_are_free() -> None:
    governor, account = Governor(), Account([Purse()])
    governor.looked(account, account.purses[0], 5.0, free=True)
    assert (account.debt, governor.looking, governor.looking_free) == (0, 0, 5)


def test_credit_ends_and_half_of_what_is_earned_pays_it_back() -> None:
    governor, account = Governor(), Account([Purse(), Purse(balance=0.004)])
    assert account.has_credit
    governor.looked(account, account.purses[0], CREDIT, free=False)
    assert not account.has_credit
    assert account.purses[1].balance == 0.004
    governor.trained(CREDIT / SHARE)
    governor.share_out([account])
    assert account.has_credit
    assert account.debt == pytest.approx(CREDIT / 2)
    assert account.purses[0].balance == pytest.approx(CREDIT / 2)


def test_where_nobody_has_a_use_for_more_all_that_is_earned_pays_back() -> None:
    governor, account = Governor(), Account([Purse(balance=1.0)], debt=CREDIT)
    governor.trained(CREDIT / SHARE)
    governor.share_out([account])
    assert account.debt == pytest.approx(0)
