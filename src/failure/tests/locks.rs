//! Failures of locks, offers and space.

use super::*;

#[test]
fn what_is_not_offered_locked_or_free_to_go_says_what_helps() {
    let not_offered = |nearest: &[&str]| {
        Error::Request(RequestFault::NothingOffered {
            request: "1.22.99".into(),
            nearest: nearest.iter().map(|text| version(text)).collect(),
        })
    };
    let in_use = |processes: &[u32]| {
        Error::Request(RequestFault::InUse {
            id: id(),
            processes: processes.to_vec(),
        })
    };
    let lock = || "/p/goseal.lock".into();
    insta::assert_snapshot!(all(vec![
        not_offered(&[]),
        not_offered(&["1.22.5", "1.22.6"]),
        Error::Request(RequestFault::NoLock(lock())),
        Error::Request(RequestFault::NotLocked(lock(), version("1.26.10"))),
        in_use(&[7]),
        in_use(&[7, 8, 9, 10, 11, 12]),
    ]), @"
    4| error: the source offers no release for `1.22.99`
       hint: `goseal list --remote` shows what there is
    4| error: the source offers no release for `1.22.99`
       hint: the nearest that are offered: 1.22.5, 1.22.6; `goseal list --remote` shows all
    3| error: /p/goseal.lock is not there
       hint: `goseal lock` writes it, to be reviewed and committed
    3| error: /p/goseal.lock has no entry for 1.26.10
       hint: `goseal lock` writes it, to be reviewed and committed
    7| error: go1.22.5.linux-amd64 is in use by process 7
       hint: end them first, or `goseal uninstall --force 1.22.5` removes it all the same
    7| error: go1.22.5.linux-amd64 is in use by processes 7, 8, 9, 10, 11, ..
       hint: end them first, or `goseal uninstall --force 1.22.5` removes it all the same
    ");
}

#[test]
fn offline_names_the_whole_command() {
    let offline = |id: &str, from: Option<&str>| Error::NotInstalled {
        id: ReleaseId::parse(id).unwrap(),
        why: Unfetched::Offline {
            from: from.map(str::to_owned),
        },
    };
    insta::assert_snapshot!(all(vec![
        offline("go1.22.5.aix-ppc64", None),
        offline("go1.22.5.aix-ppc64", Some("/srv/mirror")),
        offline("go1.22.5.aix-ppc64", Some("./it's mine")),
    ]), @r"
    6| error: go1.22.5.aix-ppc64 is not installed, and --offline forbids to fetch it
       hint: `goseal install 1.22.5 --platform aix/ppc64` fetches it
    6| error: go1.22.5.aix-ppc64 is not installed, and --offline forbids to fetch it
       hint: `goseal install 1.22.5 --platform aix/ppc64 --from /srv/mirror` fetches it
    6| error: go1.22.5.aix-ppc64 is not installed, and --offline forbids to fetch it
       hint: `goseal install 1.22.5 --platform aix/ppc64 --from './it'\''s mine'` fetches it
    ");
}
