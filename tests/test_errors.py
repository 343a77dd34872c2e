from __future__ import annotations

import pytest

from gatewayd.errors import Conflict, StorageFailed, unwrapped


def test_error_of_ours_comes_out_of_its_groups() -> None:
    with pytest.raises(StorageFailed, match="disk"), unwrapped():
        raise ExceptionGroup("", [ExceptionGroup("", [StorageFailed("disk")])])


def test_same_failure_in_several_tasks_comes_out_once() -> None:
    with pytest.raises(StorageFailed, match="first"), unwrapped():
        raise ExceptionGroup("", [StorageFailed("first"), ExceptionGroup("", [StorageFailed("second")])])


def test_defect_among_others_stays_wrapped() -> None:
    with pytest.raises(ExceptionGroup), unwrapped():
        raise ExceptionGroup("", [StorageFailed("disk"), ZeroDivisionError()])


def test_error_without_a_group_passes() -> None:
    with pytest.raises(Conflict), unwrapped():
        raise Conflict("taken", "it is taken")
