use super::*;
use proptest::prelude::*;

const KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).unwrap()
}

fn opened(note: &str, by: &[&Signer]) -> Result<Note, Error> {
    let keys: Vec<VerifierKey> = by.iter().map(|signer| signer.verifier().clone()).collect();
    open(note.as_bytes(), &keys)
}

#[test]
fn a_key_is_read_and_written_the_same() {
    let key = VerifierKey::parse(KEY).unwrap();
    assert_eq!(key.to_string(), KEY);
    assert_eq!(key.id().name(), "sum.golang.org");
    assert_eq!(key.id().to_string(), "sum.golang.org+033de0ae");
    let own = signer("example.com/a", 3).verifier().clone();
    assert_eq!(VerifierKey::parse(&own.to_string()), Ok(own));
}

#[test]
fn no_byte_of_a_key_can_be_another() {
    for at in 0..KEY.len() {
        let mut bent = KEY.as_bytes().to_vec();
        bent[at] ^= 1;
        let text = String::from_utf8(bent).unwrap();
        assert!(VerifierKey::parse(&text).is_err(), "{text}");
    }
    for text in [
        "",
        "a",
        "a+b",
        "+033de0ae+Ac4z",
        &KEY[..KEY.len() - 4],
        &format!("{KEY}AAAA"),
    ] {
        assert!(VerifierKey::parse(text).is_err(), "{text}");
    }
}

#[test]
fn refuses_names_that_a_signature_line_cannot_hold() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2003}", "\t"] {
        assert!(Signer::from_seed(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn refuses_a_key_of_small_order() {
    let mut neutral = [0u8; 32];
    neutral[0] = 1;
    assert!(VerifierKey::new("a", &neutral).is_err());
}

#[test]
fn signatures_of_all_known_keys_count_and_unknown_ones_are_passed_over() {
    let (a, b, c) = (signer("a", 1), signer("b", 2), signer("c", 3));
    let note = sign("hello\n", &[&a, &b]).unwrap();
    let names = |by: &[&Signer]| -> Vec<String> {
        let note = opened(&note, by).unwrap();
        assert_eq!(note.text(), "hello\n");
        note.signers()
            .iter()
            .map(|id| id.name().to_owned())
            .collect()
    };
    assert_eq!(names(&[&a, &b, &c]), ["a", "b"]);
    assert_eq!(names(&[&b]), ["b"]);
    assert_eq!(opened(&note, &[&c]), Err(Error::UnknownSigners));
    assert_eq!(opened(&note, &[]), Err(Error::UnknownSigners));
    // The same name with another key is another key.
    assert_eq!(
        opened(&note, &[&signer("a", 9)]),
        Err(Error::UnknownSigners)
    );
}

#[test]
fn a_known_key_that_does_not_verify_spoils_the_note_wherever_it_stands() {
    let (a, b) = (signer("a", 1), signer("b", 2));
    let good = sign("hello\n", &[&a]).unwrap();
    let line = |text: &str, by: &Signer| {
        let note = sign(text, &[by]).unwrap();
        note.split_once("\n\n").unwrap().1.to_owned()
    };
    let expected = Err(Error::Signature {
        key: a.verifier().id().to_string(),
    });
    for (first, second) in [
        (line("other\n", &a), line("hello\n", &a)),
        (line("hello\n", &a), line("other\n", &a)),
        (line("other\n", &a), line("hello\n", &b)),
        (line("hello\n", &b), line("other\n", &a)),
    ] {
        assert_eq!(
            opened(&format!("hello\n\n{first}{second}"), &[&a, &b]),
            expected
        );
    }
    let twice = format!("{good}{}", line("hello\n", &a));
    assert_eq!(opened(&twice, &[&a]).unwrap().signers().len(), 1);
}

#[test]
fn a_note_holds_at_most_100_signatures() {
    let a = signer("a", 1);
    assert!(opened(&sign("hello\n", &[&a; 100]).unwrap(), &[&a]).is_ok());
    assert!(sign("hello\n", &[&a; 101]).is_err());
    let line = sign("hello\n", &[&a]).unwrap();
    let line = line.split_once("\n\n").unwrap().1;
    let note = format!("hello\n\n{}", line.repeat(101));
    assert_eq!(
        opened(&note, &[&a]),
        Err(Error::Note("more than 100 signatures"))
    );
}

#[test]
fn the_last_blank_line_ends_the_text() {
    let a = signer("a", 1);
    let text = "one\n\ntwo\n";
    assert_eq!(
        opened(&sign(text, &[&a]).unwrap(), &[&a]).unwrap().text(),
        text
    );
}

#[test]
fn refuses_what_is_not_a_signed_note() {
    let a = signer("a", 1);
    let note = sign("hello\n", &[&a]).unwrap();
    let key = a.verifier().clone();
    let mut table: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\n".to_vec(),
        b"\n\n".to_vec(),
        b"hello\n".to_vec(),
        b"hello\n\n".to_vec(),
        note.trim_end().into(),
        note.replace("\n\n", "\n").into(),
        note.replace('\n', "\r\n").into(),
        note.replace("hello", "hel\0lo").into(),
        note.replace("hello", "hel\tlo").into(),
        note.replace('\u{2014}', "-").into(),
        note.replace("\u{2014} a ", "\u{2014} a  ").into(),
        note.replace("\u{2014} a ", "\u{2014}a ").into(),
        format!("{note}\n").into(),
        format!("{note}more\n").into(),
        format!("{note}\u{2014} b AAAA\n").into(),
        format!("{note}\u{2014} b AAAAAA==\n").into(),
        format!("{note}\u{2014} b ****\n").into(),
        format!("{note}\u{2014} b+c AAAAAAAA\n").into(),
        format!("{note}\u{2014}  AAAAAAAA\n").into(),
    ];
    table.push([b"\xff", note.as_bytes()].concat());
    table.push(vec![b'a'; MAX_NOTE + 1]);
    for bytes in table {
        let found = open(&bytes, std::slice::from_ref(&key));
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        assert!(matches!(found, Err(Error::Note(_))), "{shown:?}: {found:?}");
    }
}

#[test]
fn texts_that_cannot_be_opened_again_are_not_signed() {
    let a = signer("a", 1);
    for text in ["", "hello", "hel\tlo\n", "\u{0}\n"] {
        assert!(sign(text, &[&a]).is_err(), "{text:?}");
    }
    assert!(sign("hello\n", &[]).is_err());
}

#[test]
fn a_signer_does_not_show_its_seed() {
    assert!(format!("{:?}", signer("a", 1)).starts_with("Signer(a+"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_opened_the_same(text in "([^\\x00-\\x1f]{0,20}\n){1,5}") {
        let a = signer("a", 1);
        let note = opened(&sign(&text, &[&a]).unwrap(), &[&a]).unwrap();
        prop_assert_eq!(note.text(), text);
    }

    #[test]
    fn bytes_at_random_are_never_a_note(bytes: Vec<u8>) {
        prop_assert!(open(&bytes, &[signer("a", 1).verifier().clone()]).is_err());
    }
}
