"""Kinds of text that looks like JSON, or is called so, and is not: each made out of a good object's text."""

from collections.abc import Callable, Mapping
from typing import Final

Damage = Callable[[bytes], bytes]


def _recoded(good: bytes, name: str) -> bytes:
    return good.decode("utf-8", "surrogatepass").encode(name, "surrogatepass")


def _field(field: bytes) -> Damage:
    return lambda good: b"{" + field + b"," + good[1:]


MALFORMED: Final[Mapping[str, Damage]] = {
    "nothing": lambda good: b"",
    "blanks": lambda good: b" \r\n\t" * 20,
    "cut off in the middle": lambda good: good[: len(good) // 2],
    "cut off before the end": lambda good: good[:-1],
    "without a beginning": lambda good: good[1:],
    "brackets that don't match": lambda good: good[:-1] + b"]",
    "one bracket too many": lambda good: good + b"}",
    "a comma at the end": lambda good: good[:-1] + b",}",
    "a comma at the beginning": lambda good: b"{," + good[1:],
    "no comma": lambda good: b'{"a":1 ' + good[1:],
    "no colon": _field(b'"a" 1'),
    "no value": _field(b'"a":'),
    "a name without quotes": _field(b"a:1"),
    "a number for a name": _field(b"1:1"),
    "single quotes": lambda good: good.replace(b'"', b"'"),
    "typographic quotes": lambda good: good.replace(b'"', "”".encode()),
    "NaN": _field(b'"a":NaN'),
    "Infinity": _field(b'"a":Infinity'),
    "minus infinity": _field(b'"a":-Infinity'),
    "undefined": _field(b'"a":undefined'),
    "Python's True": _field(b'"a":True'),
    "a leading zero": _field(b'"a":01'),
    "a plus": _field(b'"a":+1'),
    "hexadecimal": _field(b'"a":0x1F'),
    "a bare point": _field(b'"a":.5'),
    "nothing after the point": _field(b'"a":5.'),
    "nothing after the exponent": _field(b'"a":5e'),
    "underlines in a number": _field(b'"a":1_000'),
    "digits of another script": _field('"a":١'.encode()),
    "a line comment": lambda good: b"// hello\n" + good,
    "a comment": _field(b'/* hello */"a":1'),
    "a byte order mark": lambda good: b"\xef\xbb\xbf" + good,
    "UTF-16": lambda good: _recoded(good, "utf-16"),
    "UTF-32": lambda good: _recoded(good, "utf-32-le"),
    "a byte of Latin-1": _field(b'"a":"\xe9"'),
    "an overlong NUL": _field(b'"a":"\xc0\x80"'),
    "a surrogate in UTF-8": _field(b'"a":"\xed\xa0\x80"'),
    "beyond Unicode": _field(b'"a":"\xf4\x90\x80\x80"'),
    "a raw NUL": _field(b'"a":"\x00"'),
    "a raw line break": _field(b'"a":"\n"'),
    "a raw tab": _field(b'"a":"\t"'),
    "an unknown escape": _field(b'"a":"\\x41"'),
    "half an escape": _field(b'"a":"\\u12"'),
    "a text without an end": _field(b'"a":"'),
    "two documents": lambda good: good + good,
    "lines of documents": lambda good: good + b"\n" + good,
    "something after it": lambda good: good + b" x",
    "a NUL after it": lambda good: good + b"\x00",
    "a separator before it": lambda good: b"\x1e" + good,
    "a name twice": _field(b'"a":1,"a":2'),
    "a name twice within": _field(b'"a":[{"b":1,"b":1}]'),
    "65,000 deep": lambda good: b'{"a":' + b"[" * 65_000,
    "30,000 deep and closed": _field(b'"a":' + b"[" * 30_000 + b"]" * 30_000),
    "10,000 objects deep": lambda good: b'{"a":' * 10_000,
    "a form": lambda good: b"click_trans_id=1&action=0",
    "XML": lambda good: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "multipart": lambda good: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + good + b"\r\n--x--\r\n",
    "a pickle": lambda good: b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
    "gzip": lambda good: b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\xae\x05\x00C\xbf\xa6\xa3\x02\x00\x00\x00",
    "JavaScript": lambda good: b"callback(" + good + b");",
    "a guard against scripts": lambda good: b")]}',\n" + good,
}
