"""The shop's clock."""

from server.app import utc_now
from storage.column_types import from_millis, to_millis


def test_a_time_that_is_pushed_is_the_one_that_another_process_reads():
    now = utc_now()
    assert from_millis(to_millis(now)) == now
