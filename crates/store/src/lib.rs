//! The disk: pins, locks, staging, unpacking, seals.
