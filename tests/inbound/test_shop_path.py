"""Which shop a path means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound.shop_path import shops_by_path

NAMES = st.text("abc-0123456789", min_size=1, max_size=8) | st.just("main")
SHOPS = st.dictionaries(NAMES, st.integers(), max_size=5)


@given(SHOPS)
def test_a_name_means_its_shop_and_no_other(shops):
    by_path = shops_by_path(shops)
    assert {name: each for name, each in by_path.items() if name is not None} == shops
    assert by_path.get("nobody") is None


@given(SHOPS)
def test_a_path_without_a_name_means_main_or_the_only_shop(shops):
    expected = shops["main"] if "main" in shops else next(iter(shops.values())) if len(shops) == 1 else None
    assert shops_by_path(shops).get(None) == expected


@pytest.mark.parametrize(
    ("shops", "nameless"),
    [({}, None), ({"toys": 1}, 1), ({"main": 1}, 1), ({"toys": 1, "main": 2}, 2), ({"toys": 1, "books": 2}, None)],
    ids=str,
)
def test_the_path_without_a_name(shops, nameless):
    assert shops_by_path(shops).get(None) == nameless


@given(SHOPS, st.dictionaries(NAMES, NAMES, max_size=4))
def test_a_former_name_means_the_shop_that_had_it_unless_another_has_it_now(shops, former_names):
    by_path = shops_by_path(shops, former_names)
    formers = {former: shops[name] for former, name in former_names.items() if name in shops}
    assert {name: each for name, each in by_path.items() if name is not None} == formers | shops


def test_the_path_without_a_name_stays_with_the_shop_that_was_main():
    assert shops_by_path({"toys": 1, "books": 2}, {"main": "toys"}).get(None) == 1
