"""A typing error in a setting's name stops the start, and says what was meant; other programs' names don't."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.settings import load
from gateway.config.unknown_names import is_one_slip_away
from tests.conftest import SETTINGS
from tests.gateway.config.refusal import refusal

NAMES = st.text("ABC_", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PAYME_ALOW_LIST", "PAYME_ALLOW_LIST"),
        ("CLICK_SECRET", None),
        ("DATABSE_URL", "DATABASE_URL"),
        ("LOG_LEVLE", "LOG_LEVEL"),
        ("API_TOKENS", "API_TOKEN"),
        ("TIYIN_HOMES", "TIYIN_HOME"),
        ("RATE_LIMIT_STORAGE", "RATE_LIMIT_STORE"),
        ("database_url", "DATABASE_URL"),
        ("Payme_Key", "PAYME_KEY"),
        ("click_Reservatoin", "CLICK_RESERVATION"),
    ],
)
def test_a_name_in_the_environment_that_looks_like_ours_is_none(name: str, meant: str | None) -> None:
    (sentence,) = refusal({**SETTINGS, name: "Se-cret"})
    assert sentence.startswith(f"{name} in the environment is no setting")
    assert meant is None or sentence.endswith(f"(did you mean {meant}?)")
    assert "Se-cret" not in sentence


@pytest.mark.parametrize(
    "name", ["PATH", "SPORT", "POST", "GHOST", "DEBUG", "POSTGRES_PASSWORD", "PYTHONPATH", "LOGNAME", "host", "port"]
)
def test_other_programs_names_pass(name: str) -> None:
    assert load({**SETTINGS, name: "x"}).shops


@pytest.mark.parametrize(
    "name",
    ["TIYIN_PORT", "TIYIN_PORT_8080_TCP", "TIYIN_PORT_8080_TCP_ADDR", "PAYME_SERVICE_HOST", "CLICK_SERVICE_PORT_HTTP"],
)
def test_what_kubernetes_sets_for_a_service_of_our_name_passes(name: str) -> None:
    assert load({**SETTINGS, name: "tcp://10.0.0.1:8080"}).shops


def test_the_sandboxs_own_names_pass(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TIYIN_SANDBOX_KEY=x\n")
    assert load({**SETTINGS, "TIYIN_SANDBOX_SECRET": "x"}, tmp_path).shops


def test_in_our_own_file_every_name_is_a_setting(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVLE=debug\nCOLOUR=red\nport=8081\nPROT=8081\n")
    assert refusal(SETTINGS, tmp_path) == [
        f"{file}: LOG_LEVLE is no setting (did you mean LOG_LEVEL?)",
        f"{file}: COLOUR is no setting",
        f"{file}: port is no setting (did you mean PORT?)",
        f"{file}: PROT is no setting (did you mean PORT?)",
    ]


def test_all_wrong_names_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COLOUR=red\n")
    assert refusal({"DATABSE_URL": "x"}, tmp_path) == [
        f"{tmp_path / '.env'}: COLOUR is no setting",
        "DATABSE_URL in the environment is no setting (did you mean DATABASE_URL?)",
    ]


def test_a_name_twice_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\n# a comment\n\n\nHOST=127.0.0.1\n \nPORT=2\n")
    assert refusal(SETTINGS, tmp_path) == [f"{tmp_path / '.env'}: PORT stands in lines 1 and 7: keep one of them"]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\n\n\n= nothing\n")
    assert refusal(SETTINGS, tmp_path) == [f"{tmp_path / '.env'}: line 4 cannot be read"]


def test_toml_that_is_none_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "tiyin.toml").write_text("port = 1\nsecret_key = Se-cret\n")
    assert refusal(SETTINGS, tmp_path) == [f"{tmp_path / 'tiyin.toml'} is not TOML: look at line 2"]


@pytest.mark.parametrize(
    ("toml", "name", "meant"),
    [
        ("prot = 1", "prot", "port"),
        ("LOG_LEVEL = 'debug'", "LOG_LEVEL", "log_level"),
        ("payme_kye = 'Se-cret'", "payme_kye", "payme_key"),
        ("[shop.toys]", "shop", "shops"),
        ("[shops.toys]\napi_token = ['Se-cret']", "shops.toys.api_token", "api_tokens"),
        ("[shops.toys.payme]\nmerchant_id = '5'\nkeys = ['x']\nalow_list = 'log'", "shops.toys.payme.alow_list", None),
        ("[shops.toys.click]\nservice_id = 5\nsecret_kye = 'Se-cret'", "shops.toys.click.secret_kye", "secret_key"),
        ("[shops.toys.click]\nservice_id = 5\ncolour = 'Se-cret'", "shops.toys.click.colour", ""),
    ],
)
def test_in_the_toml_every_name_is_a_setting(tmp_path: Path, toml: str, name: str, meant: str | None) -> None:
    file = tmp_path / "tiyin.toml"
    file.write_text(toml)
    hint = f" (did you mean {'allow_list' if meant is None else meant}?)" if meant != "" else ""
    assert f"{file}: {name} is no setting{hint}" in (sentences := refusal({}, tmp_path))
    assert "Se-cret" not in "".join(sentences)


def test_a_word_that_is_none_of_the_choices_is_told_all_of_them() -> None:
    assert refusal({**SETTINGS, "LOG_LEVEL": "loud"}) == ["LOG_LEVEL should be 'debug', 'info', 'warning' or 'error'"]


@given(NAMES, st.data())
def test_a_slip_of_any_kind_is_one(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    slips = {
        name[:at] + name[at + 1 :],
        name[:at] + "X" + name[at:],
        name[:at] + "X" + name[at + 1 :],
        name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
    } - {name}
    assert all(is_one_slip_away(slip, name) and is_one_slip_away(name, slip) for slip in slips)


@given(NAMES)
def test_two_slips_are_no_slip(name: str) -> None:
    assert not is_one_slip_away(name, name)
    assert not is_one_slip_away(f"X{name}Y", name)
    assert not is_one_slip_away(f"XY{name[2:]}", name) or len(name) < 2
