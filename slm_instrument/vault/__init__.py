"""Keys and what is done with them: contents sealed, their names and origins' pseudonyms keyed.

Two layers. *Data keys* seal contents; they are random, belong to the database and lie in it, wrapped. What wraps them
is the user's :class:`MasterKey`, from the environment, a file or a key service, and never in the database. So the
master key is exchanged by wrapping a few rows anew, and a copy of the database alone tells nothing.
"""

from slm_instrument.vault.keyring import DIGEST, Keyring, Secret
from slm_instrument.vault.master import KeyProvider, MasterKey, MasterKeys, new_master_key
from slm_instrument.vault.sources import key_file_of, keys_for

__all__ = [
    "DIGEST",
    "KeyProvider",
    "Keyring",
    "MasterKey",
    "MasterKeys",
    "Secret",
    "key_file_of",
    "keys_for",
    "new_master_key",
]
