"""What a model's name says of it."""

import pytest

from portal.domain.families import family_of


@pytest.mark.parametrize("name", ["gpt-5", "gpt-5.9-mini", "gpt-7", "gpt-6.2-sol", "openai/gpt-8.1", "gpt-daybreak-x"])
def test_every_gpt_from_the_fifth_on_reasons(name: str):
    assert family_of(name).reasons


@pytest.mark.parametrize("name", ["gpt-7", "gpt-6.2-astra", "gpt-10.1-mini", "gpt-6.1-terra"])
def test_one_that_no_row_names_takes_no_sampling_options(name: str):
    assert not family_of(name).samples


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-4.1", "gpt-oss-120b", "gpt-50x", "my-gpt-7", "gpt"])
def test_others_of_the_name_do_not(name: str):
    assert not family_of(name).reasons
