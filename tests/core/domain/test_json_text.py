"""JSON text: what is stored can be read by people, and comes back as it was."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from core.domain.json_text import from_json, to_json


def test_text_of_any_script_stays_readable():
    assert to_json({"title": "O‘yinchoq, игрушка"}) == '{"title": "O‘yinchoq, игрушка"}'


@pytest.mark.parametrize("value", [{"a": [1, None, True, "x"]}, [], "text", 0, None])
def test_what_is_stored_comes_back(value):
    assert from_json(to_json(value)) == value


def test_values_that_the_driver_has_read_already_stay_as_they_are():
    assert from_json({"a": 1}) == {"a": 1}


def test_a_mapping_that_cannot_be_changed_is_an_object():
    assert to_json(MappingProxyType({"a": MappingProxyType({"b": 1})})) == '{"a": {"b": 1}}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_lacks_are_refused(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"price": number})


def test_anything_else_is_refused_by_the_name_of_its_type():
    with pytest.raises(TypeError, match=r"^datetime is not JSON$"):
        to_json({"at": datetime.now(UTC)})
