"""The command `tiyin-sandbox click` runs the checks of Click's test program and Postman collection."""

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Final

import typer

from tiyin_sandbox.cli import options
from tiyin_sandbox.cli.execution import COULD_NOT_RUN, SuiteRun, execute
from tiyin_sandbox.cli.options import Outputs
from tiyin_sandbox.cli.order_sources import OrderSource, origin_of
from tiyin_sandbox.click.caller import ClickCaller
from tiyin_sandbox.click.probe import probe
from tiyin_sandbox.click.suites import CLICK, STRICT
from tiyin_sandbox.engine.checks import Check
from tiyin_sandbox.engine.host_safety import CannotRun

_FIELD: Final = re.compile(r"(?:merchant_trans_id|transaction_param|order_id)=")
"""Click knows an order by one text; whoever writes its name before it, as Payme's suite wants it, is understood."""

AMOUNT_MIN_SOM: Final = Decimal("0.02")


class Tools(StrEnum):
    DESKTOP = "desktop"
    POSTMAN = "postman"
    STRICT = "strict"
    ALL = "all"


def click(
    prepare_url: Annotated[str, typer.Argument(help="«Адрес проверки» in Click's cabinet.")],
    service_id: Annotated[int, typer.Option(help="Of the service, as the gateway knows it.")],
    secret: Annotated[str, typer.Option(help="SECRET_KEY of the service.", envvar="TIYIN_SANDBOX_SECRET")],
    complete_url: Annotated[str | None, typer.Argument(help="«Адрес результата», if it is another one.")] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="A fresh order; several may be given, or a template: 'test-{n}'.", show_default=False),
    ] = None,
    amount: Annotated[str, typer.Option(help="Of every order, in so'm: 500 or 33139.73.")] = "500",
    suite: Annotated[Tools, typer.Option(help="Which rows: Click's two tools have fifteen each.")] = Tools.ALL,
    api_token: options.ApiToken = None,
    api_url: options.ApiUrl = None,
    yes_this_host: options.Hosts = None,
    json: options.JsonFile = None,
    junit: options.JunitFile = None,
    html: options.HtmlFile = None,
    watch: options.Watch = False,
    lang: options.Lang = "ru",
) -> None:
    """Call a gateway as Click's own test tools do, and say what is wrong with its answers.

    Exit status: 0 all passed, 1 something failed, 2 it could not be run.
    """
    try:
        if not secret:
            raise CannotRun("--secret is empty.")
        source = _order_source(account or [], amount, api_url or origin_of(prepare_url), api_token)
    except CannotRun as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(COULD_NOT_RUN) from None
    suite_run = SuiteRun(
        suite=CLICK,
        checks=chosen(suite),
        caller=lambda session: ClickCaller(session, prepare_url, complete_url, service_id, secret, amount=amount),
        source=source,
        probe=probe,
        urls=[url for url in (prepare_url, complete_url, api_token and source.api_url) if url],
        hosts=yes_this_host or (),
        outputs=Outputs(json, junit, html, lang, watch),
    )
    raise typer.Exit(execute(suite_run))


def chosen(suite: Tools) -> tuple[Check, ...]:
    match suite:
        case Tools.ALL:
            return CLICK.chosen(strict=True)
        case Tools.STRICT:
            return CLICK.chosen(STRICT)
    return CLICK.chosen([suite.value])


def _order_source(accounts: list[str], amount: str, api_url: str | None, token: str | None) -> OrderSource:
    tiyin = _tiyin(amount)
    return OrderSource(
        accounts=tuple(_FIELD.sub("", text, count=1) if _FIELD.match(text) else text for text in accounts),
        kind="one_time",
        requirements=f"one-time, awaiting payment of {amount} so'm each",
        api_url=api_url,
        api_token=token,
        api_order={"amount": tiyin},
    )


def _tiyin(amount: str) -> int:
    try:
        som = Decimal(amount)
    except InvalidOperation:
        raise CannotRun(f"--amount {amount}: write so'm as 500 or 33139.73") from None
    if not som.is_finite() or som < AMOUNT_MIN_SOM or som * 100 != int(som * 100):
        raise CannotRun(f"--amount {amount}: whole tiyin, and more than one of them, in so'm: 500 or 33139.73")
    return int(som * 100)
