//! Values that this crate vouches for.

use std::ops::Deref;

/// A value that was judged here. No other crate can make one.
///
/// ```compile_fail
/// let forged = goseal_trust::Verified(7);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Every call of this is a verdict.
    pub(crate) const fn vouch(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The value, which is from then on a value like any other.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
