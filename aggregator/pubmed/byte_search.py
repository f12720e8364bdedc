"""Looking for bytes among bytes, with the processor's wide registers where stringzilla is there to use them."""

from __future__ import annotations

try:
    import stringzilla
except ImportError:
    stringzilla = None


def _find(text: bytes, sought: bytes, start: int, end: int) -> int:
    return text.find(sought, start, end)


def _translate(text: bytes | bytearray, table: bytes, end: int) -> bytes:
    return bytes(text[:end].translate(table))


def _translate_widely(text: bytes | bytearray, table: bytes, end: int) -> bytes:
    translated: bytes = stringzilla.translate(text, table, start=0, end=end)
    return translated


#: find(text, sought, start, end): where `sought` begins first, or -1.
find = stringzilla.find if stringzilla else _find
#: translate(text, table, end): each byte before `end` as the table of 256 has it.
translate = _translate_widely if stringzilla else _translate
