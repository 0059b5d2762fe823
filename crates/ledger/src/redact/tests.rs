use super::*;

fn redactor() -> Redactor {
    Redactor::new(&[7; 32], Some(Path::new("/home/ann")))
}

fn word(text: &str) -> String {
    let argv = redactor().argv(&[text], None);
    String::from_utf8(argv.words[0].bytes.clone()).unwrap()
}

/// The text with every tag as `#`.
fn masked(text: &str) -> String {
    let mut parts = text.split("[redacted:");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (tag, rest) = part.split_at(17);
        assert!(tag.ends_with(']'), "{tag}");
        out.push('#');
        out.push_str(rest);
    }
    out
}

#[test]
fn the_tag_is_the_hmac_of_the_secret_under_the_key() {
    // HMAC-SHA256, key 32 times 0x07, of `u:p`.
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[7; 32]).unwrap();
    mac.update(b"u:p");
    let tag: [u8; 32] = mac.finalize().into_bytes().into();
    let mut hex = Vec::new();
    crate::form::push_hex(&mut hex, &tag[..8]);
    let hex = String::from_utf8(hex).unwrap();
    assert_eq!(
        word("https://u:p@example.com/x"),
        format!("https://[redacted:{hex}]@example.com/x")
    );
    let other = Redactor::new(&[8; 32], None).text("https://u:p@example.com/x");
    assert_ne!(other.bytes, word("https://u:p@example.com/x").into_bytes());
}

#[test]
fn each_shape_loses_its_secret_and_nothing_else() {
    for (text, expected) in [
        (
            "GOPROXY=https://u:p@a.b,https://c.d|direct",
            "GOPROXY=https://#@a.b,https://c.d|direct",
        ),
        ("https://tok@a.b/c@v1", "https://#@a.b/c@v1"),
        ("https://a.b/c@v1.2.3", "https://a.b/c@v1.2.3"),
        (
            "-ldflags=-s -X main.key=abc -w",
            "-ldflags=-s -X main.key=# -w",
        ),
        (
            "-ldflags=-X 'main.key=a b' -w",
            "-ldflags=-X 'main.key=#' -w",
        ),
        ("-ldflags=-X=main.key=abc", "-ldflags=-X=main.key=#"),
        (
            "-ldflags=-X main.key='a b' -w",
            "-ldflags=-X main.key=#' -w",
        ),
        (
            "-ldflags=all=\"-X\" \"main.key=a b\"",
            "-ldflags=all=\"-X\" \"main.key=#\"",
        ),
        ("--password=a b", "--password=#"),
        ("DB_PASSWORD=a", "DB_PASSWORD=#"),
        ("a?access_token=b&c=d", "a?access_token=#"),
        ("a%3Ftoken%3Db", "a%3Ftoken%3D#"),
        ("Authorization: Basic abc", "Authorization: #"),
        ("{\"secret\":\"abc\"}", "{\"secret\":\"#"),
        ("x ghp_0123456789abcdef y", "x # y"),
        ("AKIAIOSFODNN7EXAMPLE", "#"),
        ("./cmd/tokens", "./cmd/tokens"),
        ("-run=TestToken", "-run=TestToken"),
        ("/home/ann/src/x", "~/src/x"),
        ("-o=/home/ann", "-o=~"),
        ("/home/anna/src", "/home/anna/src"),
        ("/srv/home/ann/x", "/srv/home/ann/x"),
        ("-C", "-C"),
        ("", ""),
    ] {
        assert_eq!(masked(&word(text)), expected, "{text}");
    }
}

#[test]
fn free_text_goes_on_after_a_named_secret() {
    let text = redactor().text("GET https://a.b/?token=abc refused: Bearer abcdefgh");
    let text = String::from_utf8(text.bytes).unwrap();
    assert_eq!(masked(&text), "GET https://a.b/?token=# refused: Bearer #");
    let text = redactor().text("header Authorization: Digest a, b\nnext");
    assert_eq!(
        masked(str::from_utf8(&text.bytes).unwrap()),
        "header Authorization: #\nnext"
    );
}

#[test]
fn a_flag_announces_the_next_argument() {
    let argv = [
        "--token",
        "abc",
        "-X",
        "main.v=1.2",
        "-u",
        "ann:pw",
        "-u",
        "ann",
        "-v",
        "x",
    ];
    let argv = redactor().argv(&argv, None);
    let words: Vec<_> = argv
        .words
        .iter()
        .map(|w| masked(str::from_utf8(&w.bytes).unwrap()))
        .collect();
    assert_eq!(words.join(" "), "--token # -X main.v=# -u # -u ann -v x");
    assert_eq!(argv.words.iter().map(Redacted::count).sum::<u32>(), 3);
}

#[test]
fn the_users_own_arguments_are_a_count() {
    let argv = redactor().argv(&["run", ".", "a", "b", "c"], Some(2));
    assert_eq!((argv.words.len(), argv.user_words), (2, 3));
    let argv = redactor().argv(&["run"], Some(9));
    assert_eq!((argv.words.len(), argv.user_words), (1, 0));
}

#[test]
fn the_name_of_a_variable_decides_over_its_whole_value() {
    let whole = redactor().value("GH_TOKEN", OsStr::new("a b /home/ann"));
    assert_eq!(masked(str::from_utf8(&whole.bytes).unwrap()), "#");
    assert_eq!(redactor().value("GH_TOKEN", OsStr::new("")).bytes, b"");
    let path = redactor().value("GOBIN", OsStr::new("/home/ann/bin"));
    assert_eq!(path.bytes, b"~/bin");
}

#[test]
fn a_secret_that_another_one_announces_is_gone_too() {
    for (text, expected) in [
        ("a token=Bearer Zq7Xw2Vk9Jt4 b", "a token=# b"),
        ("basic abcBearer Zq7Xw2Vk9Jt4 b", "basic # b"),
        ("password: x-ghp_Zq7Xw2Vk9Jt4 b", "password: # b"),
    ] {
        let redacted = redactor().text(text);
        let redacted = String::from_utf8(redacted.as_bytes().to_vec()).unwrap();
        assert_eq!(masked(&redacted), expected, "{text}");
    }
}

#[test]
fn the_name_before_a_linkers_value_passes_the_rules() {
    let argv = redactor().argv(&["-X", "https://u:p@a.b/c=v"], None);
    let word = String::from_utf8(argv.words[1].bytes.clone()).unwrap();
    assert_eq!(masked(&word), "https://#@a.b/c=#");
    assert_eq!(argv.words[1].count(), 2);
}
