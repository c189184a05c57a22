"""What a process is to the operating system and to the interpreter: children, forks, threads, memory."""
