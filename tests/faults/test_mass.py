"""Very many leave on one day: whoever must go at once does not wait behind them, and no vendor is overrun."""

from __future__ import annotations

from tests.bench.layoff_day import PEOPLE, VENDORS, ideal, one_day


def test_fault_58_the_urgent_one_among_five_thousand_takes_no_longer_than_twice() -> None:
    """On the virtual clock, with the product's priorities and windows, in fifteen systems (S0-34, S0-29).

    Hers is over when her last system is. No call is refused, and each day takes little longer than its vendor makes it.
    """
    alone = [one_day(vendor, 0) for vendor in VENDORS]
    days = [one_day(vendor, PEOPLE) for vendor in VENDORS]
    assert 0 < max(day.urgent for day in days) <= 2 * max(day.urgent for day in alone)
    for day in days:
        assert day.calls == 2 * (PEOPLE + 1)
        assert day.refused == 0
        assert day.at <= 1.1 * ideal(day.vendor)
