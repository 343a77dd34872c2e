from __future__ import annotations

from pathlib import Path

from gatewayd.store.reserve import Reserve


def test_reserve_refilled_has_its_blocks_allocated(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, 1 << 20)
    assert reserve.refill()
    assert path.stat().st_size == 1 << 20
    assert path.stat().st_blocks * 512 >= 1 << 20


def test_reserve_gives_its_space_away_once_until_it_is_refilled(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, 1 << 20)
    reserve.refill()
    assert reserve.release()
    assert path.stat().st_blocks == 0
    assert reserve.released
    assert not reserve.release()
    assert reserve.refill()
    assert not reserve.released


def test_reserve_larger_than_the_disk_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, 1 << 60)
    assert not reserve.refill()
    assert reserve.released
    assert path.stat().st_blocks == 0


def test_reserve_made_smaller_in_the_configuration_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    Reserve(path, 1 << 20).refill()
    assert Reserve(path, 4096).refill()
    assert path.stat().st_size == 4096
