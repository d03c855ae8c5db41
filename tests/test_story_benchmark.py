"""Benchmark of the story's figures: its claims are those that the texts make."""

import pytest

from benchmarks import story

CLAIMS = {f"{claim.file}: {claim.words}": claim for claim in story.claims()}


@pytest.mark.parametrize("name", CLAIMS)
def test_words_of_a_claim_are_in_its_text(name: str) -> None:
    assert CLAIMS[name].is_written


def test_bounds_of_a_claim_are_in_order() -> None:
    assert len(CLAIMS) == len(story.claims()) > 30
    assert all(claim.low <= claim.high for claim in CLAIMS.values())


def test_claim_without_its_words_is_found() -> None:
    claim = story.claims()[0]
    assert not claim._replace(words="It always reads 100%").is_written
