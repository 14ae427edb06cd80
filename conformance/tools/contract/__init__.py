"""list, explain, init: the contract of an implementation, for its reader and its writer."""
