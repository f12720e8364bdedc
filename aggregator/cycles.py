"""Building large values without Python's search for cycles among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """While thousands of studies are read: they hold no cycles, and looking for some takes as long as reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def held_values_left_out() -> Iterator[None]:
    """While much is made from thousands of studies: the search looks at what is made, not at them again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
