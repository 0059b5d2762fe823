//! The order of steps of each use case.
