"""The reference loop measures something."""

from laptime.runner.reference import ReferenceLoop


def test_it_does_real_products() -> None:
    reference = ReferenceLoop().measure(4)
    assert reference.visit == 4
    assert 0.1 < reference.gflop_per_s < 1e6
