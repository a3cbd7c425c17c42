"""Who photographs the façade: the contract as files, and the check that they show it as it is."""
