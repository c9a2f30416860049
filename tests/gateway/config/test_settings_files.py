"""Settings in files: .env and tiyin.toml, which of them wins, and shops of the file."""

import re
from pathlib import Path

import pytest

from gateway.config.settings import load
from tests.conftest import SETTINGS
from tests.gateway.config.refusal import TOKEN, refusal

TOYS = f"""
[shops.toys]
api_tokens = ["{TOKEN}"]
[shops.toys.payme]
merchant_id = "587f72c72cac0d162c722ae3"
keys = ["Toys-live-key-no-1", "Toys-live-key-no-2"]
[shops.toys.click]
service_id = 99
merchant_id = 98
secret_key = "Toy5Toy7"
"""


def written(folder: Path, **files: str) -> Path:
    """`env` is written to .env, `toml` to tiyin.toml."""
    for name, text in files.items():
        (folder / {"env": ".env", "toml": "tiyin.toml"}[name]).write_text(text)
    return folder


def test_the_environment_wins_over_dotenv_which_wins_over_toml(tmp_path: Path) -> None:
    toml = "host = '10.0.0.1'\nport = 1\nlog_level = 'error'\n" + TOYS
    settings = load({"PORT": "3"}, written(tmp_path, toml=toml, env="PORT=2\nLOG_LEVEL=debug\n"))
    assert (settings.host, settings.log_level, settings.port) == ("10.0.0.1", "debug", 3)


def test_a_shop_of_the_file_stands_beside_the_flat_one(tmp_path: Path) -> None:
    settings = load(SETTINGS, written(tmp_path, toml=TOYS))
    assert sorted(settings.shops) == ["main", "toys"]
    toys = settings.shops["toys"]
    assert toys.payme is not None
    assert [key.get_secret_value() for key in toys.payme.keys] == ["Toys-live-key-no-1", "Toys-live-key-no-2"]


def test_the_file_is_found_in_the_data_directory_or_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / ".tiyin").mkdir()
    written(tmp_path / ".tiyin", toml=TOYS)
    assert list(load({}, tmp_path).shops) == ["toys"]
    assert list(load({"TIYIN_CONFIG": str(tmp_path / ".tiyin" / "tiyin.toml")}).shops) == ["toys"]


SERVICES = """
[[shops.toys.click]]
service_id = 7
secret_key = "Toy5Toy7a"
{}
[[shops.toys.click]]
service_id = 8
secret_key = "Toy5Toy7b"
{}
"""


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        pytest.param("prot = 8080" + TOYS, "tiyin.toml: prot is no setting (did you mean port?)", id="top"),
        pytest.param(
            TOYS.replace("api_tokens", "return_url = 'https://me@shop.uz/'\napi_tokens"),
            "shops.toys.return_url must not hold a user or a password: every payer would see them",
            id="return URL",
        ),
        pytest.param(TOYS + "colour = 'red'", "tiyin.toml: shops.toys.click.colour is no setting", id="in a provider"),
        pytest.param(TOYS.replace('"587f72c72cac0d162c722ae3"', "5"), None, id="number for a text"),
        pytest.param(
            TOYS.replace(f'["{TOKEN}"]', f'"{TOKEN}"'),
            "shops.toys.api_tokens should be a list, in brackets",
            id="text for a list",
        ),
        pytest.param("[shops.toys]", "shops.toys has nothing configured", id="empty shop"),
        pytest.param(TOYS.replace('"Toys-live-key-no-2"', '"x"'), None, id="short key of a list"),
        pytest.param(TOYS.replace("toys", "Toys"), None, id="capitals"),
        pytest.param(TOYS.replace("toys", "prepare"), None, id="prepare"),
        pytest.param(TOYS.replace("toys", "complete"), None, id="complete"),
        pytest.param(TOYS.replace("toys", "a" * 33), None, id="long name"),
        pytest.param(TOYS.replace("live-key-no-1", "live-key-no-2"), None, id="one key twice"),
        pytest.param("shops = 3", "shops should be a table of settings", id="no table"),
        pytest.param("[shops]\ntoys = 3", "shops.toys should be a table of settings", id="a shop that is none"),
        pytest.param("[shops.toys]\nclick = 5", "shops.toys.click should be a table of settings", id="nor a service"),
        pytest.param(
            SERVICES.format("test = false", "test = false"),
            "shops.toys.click has two services of the same kind: give one of them test = true, or keep one",
            id="two that take money",
        ),
        pytest.param(
            SERVICES.format("test = true", "colour = 5"),
            "tiyin.toml: shops.toys.click[1].colour is no setting",
            id="in the second service",
        ),
        pytest.param(
            SERVICES.format("test = true", "test = false").replace("service_id = 8", "service_id = 7"),
            "shops.toys.click[0].service_id and shops.toys.click[1].service_id are the same",
            id="one id twice",
        ),
        pytest.param("= 3", None, id="not TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_the_places_name(tmp_path: Path, toml: str, sentence: str | None) -> None:
    sentences = refusal({}, written(tmp_path, toml=toml))
    assert len(sentences) == 1
    assert (
        sentences[0].removeprefix(f"{tmp_path}/") == sentence
        if sentence
        else re.search("shops|SHOPS|tiyin.toml", sentences[0])
    )
    assert "Toys-live" not in sentences[0]


@pytest.mark.parametrize("name", [".env", "tiyin.toml"])
def test_a_directory_in_the_place_of_a_file_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()  # as Docker makes one where it is to mount a file that is not there
    assert refusal(SETTINGS, tmp_path) == [f"{tmp_path / name} cannot be read"]


def test_a_data_directory_that_cannot_be_looked_into_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").symlink_to("home")
    (sentence,) = refusal({**SETTINGS, "TIYIN_HOME": "home"}, tmp_path)
    assert sentence.startswith(f"{tmp_path}/home/tiyin.toml cannot be looked for (")


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        pytest.param("Toys-live-key-no-2", "PAYME_KEY", "shops.toys.payme.keys[1]", id="Payme key"),
        pytest.param(TOKEN, "API_TOKEN", "shops.toys.api_tokens[0]", id="token"),
        pytest.param("99", "CLICK_SERVICE_ID", "shops.toys.click.service_id", id="service id"),
        pytest.param("Toy5Toy7", "CLICK_SECRET_KEY", "shops.toys.click.secret_key", id="Click secret"),
    ],
)
def test_two_shops_never_share_what_opens_them(tmp_path: Path, ours: str, theirs: str, name: str) -> None:
    sentences = refusal({**SETTINGS, theirs: ours}, written(tmp_path, toml=TOYS))
    assert sentences == [f"{name} and {theirs} are the same"]


def test_shop_main_is_said_once(tmp_path: Path) -> None:
    sentences = refusal({"API_TOKEN": SETTINGS["API_TOKEN"]}, written(tmp_path, toml=TOYS.replace("toys", "main")))
    assert sentences == ["[shops.main] and API_TOKEN say the same twice: keep one of the two"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        pytest.param("PAYME_KEY='#begins-with-hash#'", "#begins-with-hash#", id="quoted"),
        pytest.param("PAYME_KEY=has${HOME}and#inside", "has${HOME}and#inside", id="nothing is put in"),
        pytest.param('PAYME_KEY="per%cent & at@sign "', None, id="space at the end"),
        pytest.param("PAYME_KEY= #begins-with-hash#", None, id="a comment"),
        pytest.param("PAYME_KEY='never closed", None, id="unreadable"),
    ],
)
def test_keys_of_odd_characters_in_dotenv(tmp_path: Path, line: str, key: str | None) -> None:
    folder = written(tmp_path, env=f"PAYME_MERCHANT_ID=587f72c72cac0d162c722ae2\n{line}\n")
    if key is None:
        assert len(refusal({}, folder)) == 1
    else:
        payme = load({}, folder).shops["main"].payme
        assert payme is not None
        assert payme.keys[0].get_secret_value() == key


def test_an_empty_key_hints_at_quoting(tmp_path: Path) -> None:
    folder = written(tmp_path, env="PAYME_MERCHANT_ID=587f72c72cac0d162c722ae2\nPAYME_KEY= #hash\n")
    assert refusal({}, folder) == ["PAYME_KEY is empty (in .env, a value that begins with # needs quotes)"]
