//! Edits of good bytes: near a good input lie the ones that are almost believed.

/// Applies edits to `good`: four bytes each, an operation, a place (two bytes), a value.
///
/// Operations, by the remainder of five: change a byte, remove one, insert one, cut here, copy a
/// stretch of `value` bytes from here to the end. An input without a whole edit changes nothing.
pub fn bend(good: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits.chunks_exact(4) {
        let &[operation, high, low, value] = edit else {
            continue;
        };
        let length = bytes.len().max(1);
        let at = usize::from(u16::from_be_bytes([high, low])) % length;
        match operation % 5 {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= value;
                }
            }
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            2 => bytes.insert(at.min(bytes.len()), value),
            3 => bytes.truncate(at),
            _ => {
                let end = (at + usize::from(value)).min(bytes.len());
                bytes.extend_from_within(at.min(end)..end);
            }
        }
    }
    bytes
}

/// The part of the input before the first line that is `mark`, and the part after it.
pub fn split_at<'a>(data: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = data.windows(mark.len()).position(|part| part == mark);
    match at.and_then(|at| data.split_at_checked(at)) {
        Some((before, rest)) => (before, rest.get(mark.len()..).unwrap_or_default()),
        None => (data, &[]),
    }
}
