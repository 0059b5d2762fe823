//! JSON as records use it: one form for each value, ASCII only, no space.
//!
//! Written: strings escape `"` and `\` with a backslash and everything outside 0x20 to 0x7e as
//! `\u` and four lower-case hexadecimal digits (UTF-16). Bytes that are not UTF-8 are
//! `{"bytes":"<standard base64 with padding>"}`, so that nothing is lost and nothing is mistaken
//! for text.
//!
//! Read: the same and the other escapes of RFC 8259; whole numbers only; no name twice in one
//! object; no more than [`DEPTH`] levels.

/// The deepest nesting that is read.
pub(crate) const DEPTH: usize = 8;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`; never written, valid in fields that are not known here.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The field of that name of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number; also one of 64 bits that is written as a string of digits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        }
    }

    /// The members of an array; none for other values.
    pub fn members(&self) -> &[Self] {
        match self {
            Self::Array(members) => members,
            _ => &[],
        }
    }

    /// What a text field says: a string as it is, bytes that are not UTF-8, or the beginning of
    /// what lies in a blob, each in its bytes.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Object(_) => match self.get("bytes") {
                Some(encoded) => parse_base64(encoded.as_str()?),
                None => self.get("first")?.as_bytes(),
            },
            _ => None,
        }
    }

    /// Reads one value that is the whole text.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(DEPTH)?;
        reader.rest.is_empty().then_some(value)
    }
}

/// Appends a string with its quotes.
pub(crate) fn push_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            ' '..='~' => out.push(c as u8),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(b"\\u");
                    crate::form::push_hex(out, &unit.to_be_bytes());
                }
            }
        }
    }
    out.push(b'"');
}

/// Appends bytes: a string where they are UTF-8, else the object of their base64.
pub(crate) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        push_str(out, text);
    } else {
        out.extend_from_slice(br#"{"bytes":""#);
        push_base64(out, bytes);
        out.extend_from_slice(br#""}"#);
    }
}

/// Appends a number of 64 bits: a string of its digits.
pub(crate) fn push_u64(out: &mut Vec<u8>, number: u64) {
    out.push(b'"');
    push_digits(out, number, 1);
    out.push(b'"');
}

/// Appends the decimal digits of a number, with zeros before them up to `width`.
pub(crate) fn push_digits(out: &mut Vec<u8>, number: u64, width: usize) {
    let from = out.len();
    let mut left = number;
    let mut written = 0;
    while left > 0 || written < width {
        // A digit is below 10, so the cast keeps it.
        out.push(b'0' + (left % 10) as u8);
        left /= 10;
        written += 1;
    }
    if let Some(digits) = out.get_mut(from..) {
        digits.reverse();
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |value: u32| BASE64.get((value & 63) as usize).copied().unwrap_or(b'A');
    for group in bytes.chunks(3) {
        let value = group.iter().fold(0, |sum, b| sum << 8 | u32::from(*b));
        let value = value << (8 * (3 - group.len()));
        out.push(digit(value >> 18));
        out.push(digit(value >> 12));
        out.push(if group.len() > 1 {
            digit(value >> 6)
        } else {
            b'='
        });
        out.push(if group.len() > 2 { digit(value) } else { b'=' });
    }
}

fn parse_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for group in text.as_bytes().chunks(4) {
        let mut value = 0u32;
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        for b in group.get(..4 - padding.min(2))? {
            value = value << 6 | u32::try_from(BASE64.iter().position(|d| d == b)?).ok()?;
        }
        let value = value << (6 * padding);
        let bytes = value.to_be_bytes();
        out.extend_from_slice(bytes.get(1..4 - padding)?);
    }
    // Only the canonical form: the inverse gives the same text.
    let mut again = Vec::with_capacity(text.len());
    push_base64(&mut again, &out);
    (again == text.as_bytes()).then_some(out)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, token: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        match self.rest.first()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(Json::Text),
            b'n' => self.take(b"null").map(|()| Json::Null),
            b't' => self.take(b"true").map(|()| Json::Bool(true)),
            b'f' => self.take(b"false").map(|()| Json::Bool(false)),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.take(b"{")?;
        let mut fields: Vec<(String, Json)> = Vec::new();
        while self.take(b"}").is_none() {
            if !fields.is_empty() {
                self.take(b",")?;
            }
            let name = self.string()?;
            if fields.iter().any(|(known, _)| *known == name) {
                return None;
            }
            self.take(b":")?;
            fields.push((name, self.value(depth)?));
        }
        Some(Json::Object(fields))
    }

    fn array(&mut self, depth: usize) -> Option<Json> {
        self.take(b"[")?;
        let mut members = Vec::new();
        while self.take(b"]").is_none() {
            if !members.is_empty() {
                self.take(b",")?;
            }
            members.push(self.value(depth)?);
        }
        Some(Json::Array(members))
    }

    fn number(&mut self) -> Option<Json> {
        let is_part = |b: &&u8| b.is_ascii_digit() || **b == b'-';
        let length = self.rest.iter().take_while(is_part).count();
        let (digits, rest) = self.rest.split_at_checked(length)?;
        let text = std::str::from_utf8(digits).ok()?;
        let number: i64 = text.parse().ok()?;
        self.rest = rest;
        // One form: no leading zeros, no `-0`.
        (number.to_string() == text).then_some(Json::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        self.take(b"\"")?;
        let mut text = String::new();
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match first {
                b'"' => return Some(text),
                b'\\' => text.push(self.escape()?),
                b' '..=b'~' => text.push(char::from(*first)),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(match first {
            b'"' | b'\\' | b'/' => char::from(*first),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let high = self.unit()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(u32::from(high));
        }
        self.take(b"\\u")?;
        let low = self.unit()?;
        char::decode_utf16([high, low]).next()?.ok()
    }

    fn unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        crate::form::parse_hex(&digits.to_ascii_lowercase()).map(u16::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        push_bytes(&mut out, bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_could_break_a_line_or_a_terminal_is_escaped() {
        for (bytes, text) in [
            (&b"a b"[..], r#""a b""#),
            (b"\"\\", r#""\"\\""#),
            (b"\n\x1b[31m\x7f\0", r#""\u000a\u001b[31m\u007f\u0000""#),
            ("é😀".as_bytes(), r#""\u00e9\ud83d\ude00""#),
            (b"\xff\xfe", r#"{"bytes":"//4="}"#),
            (b"\",\"seq\":\"1", r#""\",\"seq\":\"1""#),
        ] {
            assert_eq!(written(bytes), text);
            assert_eq!(
                Json::parse(text.as_bytes()).unwrap().as_bytes().unwrap(),
                bytes
            );
        }
    }

    #[test]
    fn refuses_what_no_writer_makes() {
        for text in [
            "",
            " 1",
            "1 ",
            "01",
            "-0",
            "1.5",
            "1e3",
            "{\"a\":1,\"a\":2}",
            "{\"a\" :1}",
            "[1,]",
            "{,}",
            "\"\n\"",
            "\"é\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "[[[[[[[[1]]]]]]]]",
            "nul",
            "--1",
            "{\"a\":1",
            "\"abc",
            "9223372036854775808",
        ] {
            assert_eq!(Json::parse(text.as_bytes()), None, "{text}");
        }
        for text in [
            "{}",
            "[]",
            "[1,-2]",
            "{\"a\":null,\"b\":[true,false]}",
            "\"\\/\\t\"",
        ] {
            assert!(Json::parse(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(parse_base64("//5="), None);
        assert_eq!(parse_base64("//4"), None);
        assert_eq!(parse_base64("===="), None);
    }

    proptest! {
        #[test]
        fn every_byte_string_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = written(&bytes);
            prop_assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)));
            prop_assert_eq!(Json::parse(text.as_bytes()).unwrap().as_bytes().unwrap(), bytes);
        }

        #[test]
        fn every_text_reads_back(bytes in "\\PC{0,40}") {
            let text = written(bytes.as_bytes());
            let by_serde: String = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&by_serde, &bytes);
        }

        #[test]
        fn no_input_makes_the_reader_fail_otherwise(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            if Json::parse(&text).is_some() {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok());
            }
        }
    }
}
