"""`python -m streamz_core.cli`: how the supervisor starts its workers, whatever is on PATH."""

import sys

from streamz_core.cli.main import main

sys.exit(main())
