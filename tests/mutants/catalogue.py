"""All faults, in the order of the layers: the ledger first."""

from tests.mutants.faults import (
    batches,
    callers,
    identity,
    ledger,
    mails,
    reading,
    referrals,
    retries,
    sharing,
)
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *ledger.MUTANTS,
    *batches.MUTANTS,
    *retries.MUTANTS,
    *referrals.MUTANTS,
    *mails.MUTANTS,
    *identity.MUTANTS,
    *reading.MUTANTS,
    *sharing.MUTANTS,
    *callers.MUTANTS,
)
