#!/bin/sh
# Runs the suites against other packages, each as its own README sets it up, on loopback and with SQLite:
#
#     docs/compare/compare.sh [FOLDER]        (FOLDER: /tmp/tiyin-compare)
#
# The packages, tiyin-sandbox and tiyin go into virtual environments of their own in FOLDER, beside the reports; nothing is
# installed elsewhere.
# Takes a few minutes. Ports 8801 to 8804 must be free.
set -eu
cd "$(dirname "$0")"
out=${1:-/tmp/tiyin-compare}
mkdir -p "$out"
export COMPARE_DATA="$out" PYTHONDONTWRITEBYTECODE=1
key='t7&G3#?wTLobCaB4dkQvMVgiMCBU9D4a'
secret='Kx7-demo-SECRET'

venv() { # NAME WHAT PIP INSTALLS...
    name=$1
    shift
    [ -d "$out/$name" ] || python3 -m venv "$out/$name"
    "$out/$name/bin/pip" install --quiet "$@"
}

# One shop, freshly filled for each suite: an order serves one check.
suite() { # REPORT VENV PORT "SHOP ARGUMENTS" SANDBOX...
    report=$1 venv=$2 port=$3 shop=$4
    shift 4
    # shellcheck disable=SC2086
    "$out/$venv/bin/python" $shop >"$out/$report.log" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        "$out/$venv/bin/python" -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null && break
        sleep 0.5
    done
    "$sandbox" "$@" --json "$out/$report.json" || true # 1: something failed, which is what we want to know
    kill "$server"
    wait "$server" 2>/dev/null || true
}

accounts() { # [FIELD=]: all 400, since a check that fails may spoil an order that the next one would have had
    seq -f "--account=$1%g" 400
}

payme() { # REPORT VENV PORT SHOP PATH FIELD
    # shellcheck disable=SC2046
    suite "$1" "$2" "$3" "$4" payme "http://127.0.0.1:$3$5" --key "$key" --amount 50000 --strict $(accounts "$6=")
}

click() { # REPORT VENV PORT SHOP PATH
    # shellcheck disable=SC2046
    suite "$1" "$2" "$3" "$4" click "http://127.0.0.1:$3$5" --service-id 54321 --secret "$secret" \
        --amount 500 --suite all $(accounts "")
}

venv payme-pkg --requirement payme-pkg.txt
venv paytechuz --requirement paytechuz.txt
venv tiyin-sandbox --constraint ../../constraints.txt ../../sandbox
venv tiyin-gateway --constraint ../../constraints.txt '../..[embedded]'
sandbox=$out/tiyin-sandbox/bin/tiyin-sandbox

payme payme-pkg-as-it-is payme-pkg 8801 payme_pkg_shop.py /payment/update/ order_id
payme payme-pkg payme-pkg 8801 "payme_pkg_shop.py text-json" /payment/update/ order_id
payme paytechuz-django paytechuz 8802 paytechuz_django_shop.py /payments/webhook/payme/ id
payme paytechuz-fastapi paytechuz 8803 paytechuz_fastapi_shop.py /payments/payme/webhook id
click paytechuz-django-click-as-it-is paytechuz 8802 paytechuz_django_shop.py /payments/webhook/click/
click paytechuz-fastapi-click-as-it-is paytechuz 8803 paytechuz_fastapi_shop.py /payments/click/webhook
click paytechuz-django-click paytechuz 8802 "paytechuz_django_shop.py confirm-id" /payments/webhook/click/
click paytechuz-fastapi-click paytechuz 8803 "paytechuz_fastapi_shop.py confirm-id" /payments/click/webhook

# tiyin's own demonstration, which brings its keys, its database and, through its API, its orders along.
HOST=127.0.0.1 PORT=8804 TIYIN_HOME="$out/tiyin" "$out/tiyin-gateway/bin/tiyin" demo >"$out/tiyin.log" 2>&1 &
server=$!
for _ in $(seq 60); do
    "$out/payme-pkg/bin/python" -c "import socket; socket.create_connection(('127.0.0.1', 8804))" 2>/dev/null && break
    sleep 0.5
done
of() { # NAME: a setting of the demonstration
    sed -n "s/^$1=//p" "$out/tiyin/demo.env"
}
callback=http://127.0.0.1:8804/payment/callback
"$sandbox" payme $callback/payme --key "$(of PAYME_KEY)" --api-token "$(of API_TOKEN)" --amount 50000 --strict \
    --json "$out/tiyin-payme.json" || true
"$sandbox" click $callback/click/prepare $callback/click/complete --service-id "$(of CLICK_SERVICE_ID)" \
    --secret "$(of CLICK_SECRET_KEY)" --api-token "$(of API_TOKEN)" --amount 500 --suite all \
    --json "$out/tiyin-click.json" || true
kill "$server"
wait "$server" 2>/dev/null || true

table() { # SUITE NAME=REPORT...
    suite=$1
    shift
    "$out/payme-pkg/bin/python" table.py "$@" >"$out/$suite.md"
}

table payme "payme-pkg=$out/payme-pkg-as-it-is.json" "payme-pkg, text/json=$out/payme-pkg.json" \
    "paytechuz Django=$out/paytechuz-django.json" "paytechuz FastAPI=$out/paytechuz-fastapi.json" \
    "tiyin=$out/tiyin-payme.json"
table click "paytechuz Django=$out/paytechuz-django-click-as-it-is.json" \
    "Django, confirm id=$out/paytechuz-django-click.json" \
    "paytechuz FastAPI=$out/paytechuz-fastapi-click-as-it-is.json" \
    "FastAPI, confirm id=$out/paytechuz-fastapi-click.json" "tiyin=$out/tiyin-click.json"
echo "The tables: $out/payme.md and $out/click.md"
