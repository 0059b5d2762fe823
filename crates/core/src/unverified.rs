//! Bytes that nobody has vouched for yet.

/// A value that came from a source and is not trusted.
///
/// There is no way back to a trusted value from here: `goseal_trust` alone makes a `Verified<T>`,
/// and it does so from the parts that it judged. Reading what is inside takes
/// [`Unverified::untrusted`], a word that a reviewer can search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    /// Marks a value as it comes from a source.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Looks at the value without believing it.
    pub const fn untrusted(&self) -> &T {
        &self.0
    }
}
