"""`streamz completion SHELL`: a script for that shell, which asks `streamz` itself what may come next."""

from __future__ import annotations

import argparse

from streamz_core.cli.shells.candidates import candidates

WORDS = "words"  # what the scripts ask with; nobody types it
SCRIPTS = {
    "bash": """_streamz() {
    local IFS=$'\\n'
    COMPREPLY=($(streamz completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _streamz streamz
""",
    "zsh": """#compdef streamz
_streamz() {
    local -a found
    found=(${(f)"$(streamz completion words "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#found )); then compadd -a found; else _files; fi
}
compdef _streamz streamz
""",
    "fish": """function __streamz
    set -l typed (commandline -opc)
    streamz completion words $typed[2..-1] (commandline -ct) 2>/dev/null
end
complete -c streamz -a '(__streamz)'
""",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `completion` takes."""
    parser.add_argument(
        "shell",
        choices=[*SCRIPTS, WORDS],
        metavar="SHELL",
        help='bash, zsh or fish: eval "$(streamz completion bash)" in its startup file',
    )
    parser.add_argument("typed", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def execute(given: argparse.Namespace) -> int:
    """Print the script, or what may come next."""
    if given.shell == WORDS:
        for word in candidates(given.typed):
            print(word)
    else:
        print(SCRIPTS[given.shell], end="")
    return 0
