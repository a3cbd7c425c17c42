"""What each mutation answers: its success, or one of the refusals that it can meet."""

REPLAYED = (
    "Whether this is the answer to an earlier, equal request: nothing was done again. "
    "Totals and tiers are as they are now, entries as they were written."
)
