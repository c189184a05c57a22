"""What an entry brings, and so where the lines for it go on."""

RECORDS = "records"
"""Records, or changes, for its edges."""

CHANGES = "changes"
"""Changes that its node, a table, puts out."""

TIME = "time"
"""Nothing but a time, for its edges and all that is behind them."""
