"""Limits of a server: read from the environment, and enforced."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.server.limits import LimitError, Limits
from nn import TrainConfig, recipes


def test_without_variables_every_recipe_may_be_trained() -> None:
    limits = Limits.from_environment({})
    for config in recipes.values():
        limits.check(config)


def test_each_limit_has_a_variable() -> None:
    environment = {f"INKLING_MAX_{field.name.upper()}": "7" for field in fields(Limits)}
    assert set(vars(Limits.from_environment(environment)).values()) == {7}


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "many", "1e3", "٣", "9" * 5_000, " 5"])
def test_invalid_value_is_refused_with_variable_name(value: str) -> None:
    with pytest.raises(LimitError, match="INKLING_MAX_EPOCHS: a whole number from 1"):
        Limits.from_environment({"INKLING_MAX_EPOCHS": value})


@given(st.text(max_size=20))
def test_any_value_is_a_number_or_refused(value: str) -> None:
    try:
        limits = Limits.from_environment({"INKLING_MAX_UNITS": value})
    except LimitError:
        return
    assert 1 <= limits.units <= 1_000_000


def test_config_beyond_limits_is_refused_with_message() -> None:
    limits = Limits(epochs=5, units=64)
    limits.check(TrainConfig(epochs=5, hidden_sizes=(64, 64)))
    with pytest.raises(LimitError, match="This server allows at most 5 epochs, not 6"):
        limits.check(TrainConfig(epochs=6, hidden_sizes=()))
    with pytest.raises(LimitError, match="at most 8 filters a convolution, not 9"):
        Limits(filters=8).check(TrainConfig(filters=(8, 9)))
    with pytest.raises(LimitError, match="This server allows at most 64 units a layer, not 65"):
        limits.check(TrainConfig(epochs=1, hidden_sizes=(64, 65)))


def test_config_is_cut_down_to_the_limits_and_nothing_else() -> None:
    limits = Limits(epochs=1, units=64)
    config = TrainConfig(epochs=6, hidden_sizes=(128, 32), learning_rate=5.0)
    assert limits.cut(config) == replace(config, epochs=1, hidden_sizes=(64, 32))
    assert limits.excess(config) == "at most 64 units a layer, not 128, and at most 1 epoch, not 6"
    assert limits.excess(limits.cut(config)) == ""
    limits.check(limits.cut(config))
    convolutional = TrainConfig(filters=(16, 4), hidden_sizes=(8,))
    assert Limits(filters=8).cut(convolutional) == replace(convolutional, filters=(8, 4))


def test_single_values_are_allowed_up_to_the_limit() -> None:
    limits = Limits(epochs=5, units=64)
    assert [limits.allows("epochs", n) for n in (5, 6)] == [True, False]
    assert [limits.allows("hidden_sizes", n) for n in ((), (64, 1), (1, 65))] == [True, True, False]
    assert limits.allows("batch_size", 60_000)
    assert limits.maximum("batch_size") is None


def test_limits_are_lowered_and_never_raised() -> None:
    limits = Limits(epochs=5, units=64)
    assert limits.lowered(None, 16) == Limits(epochs=5, units=16)
    assert limits.lowered(9, None) == limits


def test_queue_limit_is_enforced() -> None:
    limits = Limits(queue=2)
    limits.check_queue(1)
    with pytest.raises(LimitError, match="2 runs are already waiting"):
        limits.check_queue(2)
