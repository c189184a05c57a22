"""What the log can do: appending, fetching, commits of many writers, following, starting; beside plain files and SQLite."""
