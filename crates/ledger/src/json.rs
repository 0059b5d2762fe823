//! JSON by hand.
