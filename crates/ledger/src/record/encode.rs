//! Encoding.
pub(crate) struct Field;
pub(crate) fn encode() {}
