"""Finding the app that a command line names."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import Any

from streamz_core.app import App, machine
from streamz_core.env.paths import absolute
from streamz_core.errors import Misuse, StreamzError

FORMS = "APP is where it stands, and not what it is called: app.py, app.py:app, pkg.mod:app or pkg.mod:make_app()"
PREFERRED = "app"  # of several apps in a module


def load_app(name: str) -> App:
    """The app; its module is imported, and its directory stands first on sys.path.

    Misuse says what is not there, or that the module itself would run the app. What it raises passes, with
    a note.
    """
    place, colon, attribute = name.partition(":")
    App._importer = f"streamz {name}"
    try:
        module = _from_file(place) if place.endswith(".py") else _by_name(place)
        return _named(module, attribute) if colon else _only(module)
    except StreamzError as error:
        _locate(error)
        raise
    finally:
        App._importer = ""


def _from_file(path: str) -> ModuleType:
    env, file = machine(), absolute(path)
    if not env.exists(file):
        raise Misuse(f"there is no file {path}; {FORMS}")
    try:
        text = env.read(file)
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}; {FORMS}") from error
    if b"\0" in text:
        raise Misuse(f"{path} is no Python: there are NUL bytes in it; {FORMS}")
    folder, _, last = file.rpartition("/")
    names = [last.removesuffix(".py")]
    while env.exists(f"{folder}/__init__.py"):
        folder, _, package = folder.rpartition("/")
        names.insert(0, package)
    name = ".".join(names)
    if not all(part.isidentifier() for part in names):
        raise Misuse(f"{path}: {name!r} cannot be imported by name; give the file another name")
    module = _imported(name, folder)
    if absolute(getattr(module, "__file__", None) or "") != file:
        raise Misuse(
            f"{path}: Python knows another module by the name {name!r} "
            f"({getattr(module, '__file__', None) or 'built in'}); give the file another name"
        )
    return module


def _by_name(name: str) -> ModuleType:
    if not name or not all(part.isidentifier() for part in name.split(".")):
        raise Misuse(f"{name!r} is neither a file nor a module; {FORMS}")
    try:
        return _imported(name, absolute("."))
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise Misuse(f"there is no module {error.name}; {FORMS}") from None
        raise


def _imported(name: str, folder: str) -> ModuleType:
    """Import by name: the same name in every worker."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return import_module(name)
    except StreamzError:
        raise
    except SystemExit as error:
        if isinstance(error.code, str):
            raise  # it says why
        raise Misuse(
            f"{name} ends the program while it is imported (sys.exit({error.code!r})): do that below "
            'if __name__ == "__main__":'
        ) from error
    except Exception as error:
        error.add_note(f"while {name} was imported")
        raise


def _locate(error: StreamzError) -> None:
    """Note the user's line, which our sentence cannot know."""
    ours = __file__.rpartition("/cli/")[0]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((ours, "<")) and "importlib" not in frame.filename:
            error.add_note(f"at {frame.filename}:{frame.lineno}: {frame.line}")
            return


def _named(module: ModuleType, attribute: str) -> App:
    call = attribute.endswith("()")
    found: Any = getattr(module, attribute.removesuffix("()"), None)
    if found is None:
        raise Misuse(f"{_title(module)} has no {attribute!r}; {_offer(module)}")
    if call:
        found = _made(found, f"{attribute} in {_title(module)}")
    if not isinstance(found, App):
        hint = f"; if it makes one, write {attribute}()" if callable(found) and not call else ""
        raise Misuse(f"{attribute} in {_title(module)} is {type(found).__name__}, not an App{hint}")
    return found


def _made(make: Any, what: str) -> Any:
    if not callable(make):
        raise Misuse(f"{what} cannot be called; leave out the ()")
    try:
        signature(make).bind()
    except TypeError as error:
        raise Misuse(f"{what} cannot be called without arguments: {error}; {FORMS}") from None
    except ValueError:
        pass  # Python does not know what it takes
    return make()


def _only(module: ModuleType) -> App:
    found = _apps(module)
    if PREFERRED in found:
        return found[PREFERRED]
    if len({id(app) for app in found.values()}) != 1:
        raise Misuse(f"which app of {_title(module)}? {_offer(module)}")
    return next(iter(found.values()))


def _apps(module: ModuleType) -> dict[str, App]:
    return {name: value for name, value in vars(module).items() if isinstance(value, App)}


def _offer(module: ModuleType) -> str:
    found = _apps(module)
    if not found:
        return "it has no App at its top level: write app = App(...)"
    return f"its apps are {', '.join(found)}: name one as FILE:NAME"


def _title(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or module.__name__
