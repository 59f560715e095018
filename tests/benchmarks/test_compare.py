"""Two builds side by side: ratios by round, and rows that only one of them has are left out."""

from benchmarks.compare import Compared, compared


def test_ratios_are_by_round_and_in_order():
    rounds = [({"a": 4.0, "b": 1.0}, {"a": 2.0}), ({"a": 9.0, "b": 1.0}, {"a": 1.0, "c": 2.0})]
    assert compared(rounds) == [Compared("a", (4.0, 9.0), (2.0, 1.0))]
    assert compared(rounds)[0].ratios == [2.0, 9.0]
    assert compared(rounds)[0].line() == "| a | 6.50 | 1.50 | 2.00 | 5.50 | 9.00 |"
