//! The shapes of secrets, as ranges of a text. Pure.

use std::ops::Range;

/// Where a secret that a name announces ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// With the whole word: an argument may hold spaces.
    Word,
    /// At the next space or closing quote.
    Space,
}

/// What a name holds, in lower case, when its value is a secret.
const SECRET_NAMES: [&[u8]; 15] = [
    b"password",
    b"passwd",
    b"passphrase",
    b"token",
    b"secret",
    b"apikey",
    b"api_key",
    b"api-key",
    b"access_key",
    b"access-key",
    b"private_key",
    b"private-key",
    b"credential",
    b"authorization",
    b"cookie",
];

/// How tokens of well-known issuers begin; at least [`TOKEN_BODY`] characters follow.
const TOKENS: [&[u8]; 24] = [
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"gldt-",
    b"glrt-",
    b"glcbt-",
    b"xoxa-",
    b"xoxb-",
    b"xoxp-",
    b"xoxr-",
    b"xoxs-",
    b"xoxe-",
    b"xapp-",
    b"eyJ",
    b"AIza",
    b"ya29.",
    b"sk_live_",
    b"rk_live_",
    b"hvs.",
    b"dop_v1_",
];

/// The least number of characters after the beginning of a token.
const TOKEN_BODY: usize = 8;

/// Whether a variable or flag of that name holds a secret.
pub(super) fn is_secret_name(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    SECRET_NAMES
        .iter()
        .any(|secret| lower.windows(secret.len()).any(|part| part == *secret))
}

/// The secret in an argument that the one before announces: `--token x`, `-X name=value` of the
/// linker, `--user name:password`.
pub(super) fn after_flag(flag: &[u8], word: &[u8]) -> Option<Range<usize>> {
    let name = flag.strip_prefix(b"-")?;
    let name = name.strip_prefix(b"-").unwrap_or(name);
    if matches!(name, b"X") {
        let equals = word.iter().position(|b| *b == b'=')?;
        return Some(equals + 1..word.len());
    }
    if matches!(name, b"u" | b"user" | b"proxy-user") {
        return word.contains(&b':').then_some(0..word.len());
    }
    let bare = !name.contains(&b'=') && !name.contains(&b' ') && !name.contains(&b':');
    (bare && is_secret_name(name)).then_some(0..word.len())
}

/// The secret that a rule finds at `at`; it begins there or after what announces it.
pub(super) fn secret_at(text: &[u8], at: usize, extent: Extent) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let found = match rest.first()? {
        b':' => user_information(text, at).or_else(|| named(text, at, 1, extent)),
        b'=' => named(text, at, 1, extent),
        b'%' => percent_named(text, at, extent),
        b'-' => linker_value(text, at).or_else(|| key_block(rest, at)),
        b'B' | b'b' => scheme_value(text, at),
        _ => token(rest).map(|length| at..at + length),
    };
    found.filter(|secret| !secret.is_empty())
}

/// A secret and, where a rule finds another one that begins inside it, that one too: in
/// `token=Bearer x` the name announces `Bearer`, and `Bearer` what follows.
pub(super) fn with_what_it_announces(
    text: &[u8],
    secret: Range<usize>,
    extent: Extent,
) -> Range<usize> {
    let (mut at, mut end) = (secret.start, secret.end);
    while at < end && end < text.len() {
        let inner = secret_at(text, at, extent);
        end = inner.map_or(end, |inner| end.max(inner.end));
        at += 1;
    }
    secret.start..end
}

/// `://name:password@host`: everything before the last `@` of the authority (RFC 3986, 3.2).
fn user_information(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?.strip_prefix(b"://")?;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"/?#\"',|\\`".contains(b);
    let authority = rest.iter().position(ends).unwrap_or(rest.len());
    let sign = rest.get(..authority)?.iter().rposition(|b| *b == b'@')?;
    Some(at + 3..at + 3 + sign)
}

/// `name=value` and `name: value` where the name says that the value is a secret.
fn named(text: &[u8], at: usize, separator: usize, extent: Extent) -> Option<Range<usize>> {
    let (before, after) = (text.get(..at)?, text.get(at + separator..)?);
    let skipped = |b: &&u8| b.is_ascii_whitespace() || b"\"'\\".contains(b);
    let spaces = before.iter().rev().take_while(skipped).count();
    let before = before.get(..before.len() - spaces)?;
    let in_name = |b: &&u8| b.is_ascii_alphanumeric() || b"_-.".contains(b);
    let length = before.iter().rev().take_while(in_name).count();
    let name = before.get(before.len() - length..)?;
    if !is_secret_name(name) {
        return None;
    }
    let from = at + separator + after.iter().take_while(skipped).count();
    let value = text.get(from..)?;
    let is_header = name.to_ascii_lowercase().ends_with(b"authorization");
    let end = match extent {
        Extent::Word => value.len(),
        Extent::Space if is_header => line_end(value),
        Extent::Space => match text.get(from.checked_sub(1)?) {
            Some(quote @ (b'"' | b'\'')) => until(value, |b| b == *quote),
            _ => until(value, |b| b.is_ascii_whitespace() || b"\"'".contains(&b)),
        },
    };
    Some(from..from + end)
}

/// The same behind `%3D` and `%3A`, as query strings write `=` and `:`.
fn percent_named(text: &[u8], at: usize, extent: Extent) -> Option<Range<usize>> {
    let sign = text.get(at..at + 3)?;
    let separates = matches!(sign, b"%3D" | b"%3d" | b"%3A" | b"%3a");
    separates.then(|| named(text, at, 3, extent))?
}

/// The value behind the linker's `-X name=`, inside one argument or a GOFLAGS.
fn linker_value(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let rest = text.get(at..)?.strip_prefix(b"-X")?;
    let separates = |b: &&u8| b.is_ascii_whitespace() || b"='\"\\".contains(b);
    let gap = rest.iter().take_while(separates).count();
    let opened = rest.get(gap.checked_sub(1)?).copied();
    let rest = rest.get(gap..)?;
    let equals = rest.iter().position(|b| *b == b'=')?;
    if rest.get(..equals)?.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let value = rest.get(equals + 1..)?;
    let opened = opened.filter(|b| b"'\"".contains(b));
    let quote = opened.or(value.first().copied().filter(|b| b"'\"".contains(b)));
    let length = match quote {
        Some(quote) => {
            let inside = usize::from(value.first() == Some(&quote));
            let rest = value.get(inside..)?;
            inside + until(rest, |b| b == quote)
        }
        None => until(value, |b| b.is_ascii_whitespace()),
    };
    let from = at + 2 + gap + equals + 1;
    Some(from..from + length)
}

/// A private key in PEM form (RFC 7468), to the end of the text.
fn key_block(rest: &[u8], at: usize) -> Option<Range<usize>> {
    let label = rest.strip_prefix(b"-----BEGIN ")?;
    let label = label.get(..until(label, |b| b == b'-'))?;
    label
        .ends_with(b"PRIVATE KEY")
        .then_some(at..at + rest.len())
}

/// What follows `Bearer ` or `Basic ` (RFC 7235, 2.1).
fn scheme_value(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let scheme = [&b"bearer "[..], b"basic "].into_iter().find(|scheme| {
        rest.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let value = rest.get(scheme.len()..)?;
    let spaces = value.iter().take_while(|b| **b == b' ').count();
    let value = value.get(spaces..)?;
    let length = until(value, |b| b.is_ascii_whitespace() || b"\"'".contains(&b));
    let from = at + scheme.len() + spaces;
    // Shorter words follow in prose: "basic test".
    (length >= TOKEN_BODY).then_some(from..from + length)
}

/// The length of a token that begins here.
fn token(rest: &[u8]) -> Option<usize> {
    let body = |rest: &[u8], part: fn(&u8) -> bool| rest.iter().take_while(|b| part(b)).count();
    if let Some(tail) = rest
        .strip_prefix(b"AKIA")
        .or_else(|| rest.strip_prefix(b"ASIA"))
    {
        let length = body(tail, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
        return (length >= TOKEN_BODY).then_some(4 + length);
    }
    let start = TOKENS.iter().find(|start| rest.starts_with(start))?;
    let in_token = |b: &u8| b.is_ascii_alphanumeric() || b"_-.+/=~%".contains(b);
    let length = body(rest.get(start.len()..)?, in_token);
    (length >= TOKEN_BODY).then_some(start.len() + length)
}

fn until(text: &[u8], end: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|b| end(*b)).unwrap_or(text.len())
}

fn line_end(text: &[u8]) -> usize {
    until(text, |b| b == b'\n' || b == b'\r')
}
