"""What is written at a function's arguments and result, asked for without needing more than there is.

Python 3.14 evaluates annotations when somebody looks. At the decorator that is too early: a class may be
defined further down, or exist for type checkers alone.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

if sys.version_info >= (3, 14):
    from annotationlib import Format, get_annotations

    def signature(fn: Any) -> inspect.Signature:
        """What `fn` can be called with; TypeError or ValueError if it does not tell."""
        return inspect.signature(fn, annotation_format=Format.STRING)

    def hints(fn: Any) -> dict[str, Any]:
        """By argument, and "return"; a name that is not defined by now is a ForwardRef."""
        return get_annotations(fn, format=Format.FORWARDREF)

    def written(fn: Any, name: str) -> Any:
        """One annotation as it stands in the source, as far as Python kept that."""
        return get_annotations(fn, format=Format.STRING)[name]

else:

    def signature(fn: Any) -> inspect.Signature:
        """What `fn` can be called with; TypeError or ValueError if it does not tell."""
        return inspect.signature(fn)

    def hints(fn: Any) -> dict[str, Any]:
        """By argument, and "return"; text, if the module says `from __future__ import annotations`."""
        found: dict[str, Any] = getattr(fn, "__annotations__", {})
        return found

    def written(fn: Any, name: str) -> Any:
        """One annotation as it stands in the source, as far as Python kept that."""
        return hints(fn)[name]
