"""Sixteen processes on one budget, some of them killed: the limit holds, and nothing is counted twice."""

from costtui.store.proof import ESTIMATE_NANO, prove


def test_sixteen_processes_of_which_four_are_killed_never_pass_the_limit(tmp_path):
    proof = prove(tmp_path / "calls.db", processes=16, calls=40, killed=4)
    assert proof.spent_nano <= proof.max_nano
    assert proof.max_nano - proof.spent_nano < 20 * ESTIMATE_NANO, "the room was used"
    assert proof.counted_nano == proof.spent_nano
    assert proof.left_nano == 0
    assert proof.holds
