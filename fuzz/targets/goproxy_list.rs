//! A list of proxies is walked in its order, ends with `direct` or `off`, and shows no password.
#![no_main]

use goseal_fetch::Address;
use goseal_fetch::proxy::{Place, goproxy_from, parse_goproxy};
use libfuzzer_sys::fuzz_target;

const PASSWORD: &str = "Zq7Xw2Vk9Jt4";

fn check(text: &str) {
    let (hops, told) = match parse_goproxy(text) {
        Ok(hops) => (hops, String::new()),
        Err(error) => (Vec::new(), format!("{error} {error:?}")),
    };
    let shown: String = hops
        .iter()
        .map(|hop| format!("{} {:?}", hop.place, hop))
        .collect();
    assert!(
        !shown.contains(PASSWORD) && !told.contains(PASSWORD),
        "{shown}{told}"
    );
    let ends = |place: &Place| matches!(place, Place::Direct | Place::Off);
    for hop in hops.iter().rev().skip(1) {
        assert!(!ends(&hop.place), "nothing follows direct and off");
    }
    assert!(hops.len() <= text.split([',', '|']).count());
    for hop in &hops {
        if let Place::Folder(path) = &hop.place {
            assert!(path.is_absolute());
        }
    }
}

fuzz_target!(|text: &str| {
    check(text);
    let (before, after) = text.split_once('\n').unwrap_or(("", text));
    // An entry of its own: in `https:https://user@host` the name would be a part of a path.
    check(&format!("{before},https://user:{PASSWORD}@{after}"));
    let _ = goproxy_from(None, Some(text.as_bytes()), Some(text.as_bytes()));
    if let Ok(address) = Address::parse(text) {
        let again = Address::parse(&address.to_string()).expect("an address that we wrote");
        assert_eq!(again.to_string(), address.to_string());
    }
});
