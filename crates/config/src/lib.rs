//! What people write in TOML, read with spans and turned into the words of core.
