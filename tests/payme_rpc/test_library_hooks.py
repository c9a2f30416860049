"""What we lean on in aiohttp-jsonrpc: its version, and each hook that the strict view overrides or calls."""

import inspect
from importlib.metadata import version

import pytest
from aiohttp_jsonrpc.handler import JSONRPCView

from core.domain.refusals import Refusal
from payme_rpc.errors import on_create
from payme_rpc.handlers import PaymeView
from payme_rpc.rpc_method import is_marked
from payme_rpc.view import StrictView
from tests.payme_rpc.calls import CALLS


def test_the_version_is_the_one_that_was_read():
    assert version("aiohttp-jsonrpc") == "0.4.0"


@pytest.mark.parametrize(
    ("hook", "parameters"),
    [
        ("post", ["self"]),
        ("authorize", ["self"]),
        ("_parse_body", ["self", "body"]),
        ("_handle", ["self", "json_request"]),
        ("_lookup_method", ["self", "method_name"]),
        ("_format_error", ["exception", "request_id"]),
        ("_build_json", ["data"]),
    ],
)
def test_an_overridden_hook_is_still_there(hook, parameters):
    theirs = inspect.signature(getattr(JSONRPCView, hook))
    assert list(theirs.parameters) == parameters
    assert hook in vars(StrictView)


@pytest.mark.parametrize("used", ["METHOD_PREFIX"])
def test_what_we_use_of_theirs_is_still_theirs(used):
    assert used in vars(JSONRPCView)
    assert used not in vars(StrictView)


def test_only_paymes_methods_can_be_called():
    callable_from_outside = {name for name in dir(PaymeView) if is_marked(getattr(PaymeView, name))}
    assert callable_from_outside == {f"rpc_{method}" for method in CALLS}


def test_every_refusal_of_a_create_has_an_answer():
    assert set(on_create(-31008)) == set(Refusal)
