//! Arguments and variables as `execve` takes them.

use std::ffi::c_char;
use std::io;
use std::ptr;

/// Words for the system: texts that end with NUL, in one piece of memory.
pub(super) struct Words {
    text: Vec<u8>,
    starts: Vec<usize>,
}

impl Words {
    /// Room for `count` words of usual length.
    pub(super) fn new(count: usize) -> Self {
        Self {
            text: Vec::with_capacity(count * 48),
            starts: Vec::with_capacity(count),
        }
    }

    /// Adds one word, made of `parts`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a NUL in a part.
    pub(super) fn push(&mut self, parts: [&[u8]; 3]) -> io::Result<()> {
        self.starts.push(self.text.len());
        for part in parts {
            if part.contains(&0) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            self.text.extend_from_slice(part);
        }
        self.text.push(0);
        Ok(())
    }

    /// A pointer to each word, and a null pointer; they live as long as `self` is unchanged.
    pub(super) fn pointers(&self) -> Vec<*mut c_char> {
        let base = self.text.as_ptr();
        let mut pointers: Vec<*mut c_char> = self
            .starts
            .iter()
            .map(|start| base.wrapping_add(*start).cast::<c_char>().cast_mut())
            .collect();
        pointers.push(ptr::null_mut());
        pointers
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn words_end_with_nul_and_hold_none() {
        let mut words = Words::new(1);
        words.push([b"A", b"=", b"b"]).unwrap();
        words.push([b"", b"", b""]).unwrap();
        assert!(words.push([b"a\0b", b"", b""]).is_err());
        assert_eq!(CStr::from_bytes_until_nul(&words.text), Ok(c"A=b"));
        let pointers = words.pointers();
        assert!(pointers.last().unwrap().is_null());
    }
}
