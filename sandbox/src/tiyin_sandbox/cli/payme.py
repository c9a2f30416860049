"""The command `tiyin-sandbox payme` runs the checks of Payme's test cabinet."""

from enum import StrEnum
from typing import Annotated

import typer

from tiyin_sandbox.cli import options
from tiyin_sandbox.cli.execution import COULD_NOT_RUN, SuiteRun, execute
from tiyin_sandbox.cli.options import Outputs
from tiyin_sandbox.cli.order_sources import OrderSource, fields_of, origin_of
from tiyin_sandbox.engine.checks import Codes, Kind
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.payme.caller import PaymeCaller
from tiyin_sandbox.payme.probe import probe
from tiyin_sandbox.payme.suites import GROUPS, PAYME
from tiyin_sandbox.payme.verification import ACCOUNT

Test = StrEnum("Test", {name.upper(): name for name in ("all", *(group.id for group in GROUPS))})  # type: ignore[misc]


def payme(
    url: Annotated[str, typer.Argument(help="The endpoint, as it stands in Payme's cabinet.")],
    key: Annotated[
        str, typer.Option(help="Of the cash box: the key that the gateway accepts.", envvar="TIYIN_SANDBOX_KEY")
    ],
    login: Annotated[str, typer.Option(help="Always Paycom, unless Payme told you otherwise.")] = "Paycom",
    account: options.Accounts = None,
    amount: Annotated[int, typer.Option(min=2, help="Of every order, in tiyin: 500000 is 5,000 so'm.")] = 500_000,
    accumulative: Annotated[bool, typer.Option("--accumulative", help="A balance, paid any number of times.")] = False,
    test: Annotated[list[Test], typer.Option(help="Only these; may be given several times.")] = [Test("all")],  # noqa: B006
    strict: options.Strict = False,
    busy_code: Annotated[
        int | None, typer.Option(help="Of CreateTransaction for an order that is held. [default: -31050…-31099]")
    ] = None,
    reservation: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Seconds after which another transaction may take a held order over (tiyin: PAYME_RESERVATION)."
            " A strict check waits that long.",
            show_default=False,
        ),
    ] = None,
    field: Annotated[str, typer.Option(help="The account's field, where --api-token opens the orders.")] = "order_id",
    api_token: options.ApiToken = None,
    api_url: options.ApiUrl = None,
    yes_this_host: options.Hosts = None,
    json: options.JsonFile = None,
    junit: options.JunitFile = None,
    html: options.HtmlFile = None,
    watch: options.Watch = False,
    lang: options.Lang = "ru",
) -> None:
    """Call a gateway as Payme's sandbox at test.paycom.uz does, and say what is wrong with its answers.

    Exit status: 0 all passed, 1 something failed, 2 it could not be run.
    """
    kind: Kind = "accumulative" if accumulative else "one_time"
    groups = [] if Test("all") in test else [name.value for name in test]
    codes: Codes = ACCOUNT if busy_code is None else busy_code
    try:
        if not key:
            raise CannotRun("--key is empty.")
        accounts = tuple(fields_of(text) for text in account or ())
        first_field = next(iter(accounts[0])) if accounts else field
        source = _order_source(kind, amount, accounts, api_url or origin_of(url), api_token)
    except CannotRun as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(COULD_NOT_RUN) from None
    suite_run = SuiteRun(
        suite=PAYME,
        checks=PAYME.chosen(groups, strict=strict, kind=kind),
        caller=lambda session: PaymeCaller(
            session,
            url,
            key,
            login,
            amount=amount,
            field=first_field,
            busy_code=codes,
            reservation=reservation,
        ),
        source=source,
        probe=probe,
        urls=[url, *([source.api_url] if api_token and source.api_url else [])],
        hosts=yes_this_host or (),
        outputs=Outputs(json, junit, html, lang, watch),
    )
    raise typer.Exit(execute(suite_run))


def _order_source(
    kind: Kind, amount: int, accounts: tuple[dict[str, str], ...], api_url: str | None, token: str | None
) -> OrderSource:
    balance = kind == "accumulative"
    return OrderSource(
        accounts=accounts,
        kind=kind,
        requirements=f"{'accumulative' if balance else 'one-time'}, awaiting payment of {amount} tiyin each",
        api_url=api_url,
        api_token=token,
        api_order={"kind": kind} if balance else {"amount": amount},
    )
