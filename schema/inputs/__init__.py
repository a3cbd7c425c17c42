"""What each mutation takes, one input a file, and the command that it stands for."""
