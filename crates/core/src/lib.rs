//! The words of goseal: parsed into types that cannot be wrong.
