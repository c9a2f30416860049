"""What reading `.env` leans on in python-dotenv beyond its documented face."""

import io

from dotenv.parser import parse_stream


def test_its_parser_gives_bindings_as_they_stand_and_names_bad_lines():
    key, empty, bad = parse_stream(io.StringIO("PAYME_KEY='${A}#b'\nEMPTY\n'bad\n"))
    assert (key.key, key.value, key.error) == ("PAYME_KEY", "${A}#b", False)
    assert (empty.key, empty.value, empty.error) == ("EMPTY", None, False)
    assert (bad.error, bad.original.line) == (True, 3)
