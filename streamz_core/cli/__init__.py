"""The command `streamz`: one file for each subcommand. stdout is data, stderr is talk."""
