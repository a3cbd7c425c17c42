"""What every HTTP request passes: hosts, limits, ids, headers, and errors as problem documents."""
