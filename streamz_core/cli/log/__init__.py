"""`streamz log`: the files of a log, looked at and mended."""
