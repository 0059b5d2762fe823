//! Files that a publisher signed: whose keys count, and how new a signature must be.
//!
//! Keys come from policy.toml and config.toml and from nowhere else: a project cannot name one. Where
//! the policy names keys, only those count.

use goseal_trust::{Freshness, PublisherKey, Signed, SignedKind, Verified, verify_signed};

use crate::error::Result;
use crate::situation::Written;
use crate::world::World;

/// Seconds of a day.
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// The keys whose signatures count here: the policy's, else the user's. None is no fault.
///
/// # Errors
///
/// [`crate::Error::Trust`] for a key that is none.
pub(crate) fn keys(written: &Written) -> Result<Vec<PublisherKey>> {
    let of_policy = written.policy.as_ref().map(|it| it.minisign.as_slice());
    let of_user = written.user.as_ref().map(|it| it.minisign.as_slice());
    let named = [of_policy, of_user]
        .into_iter()
        .flatten()
        .find(|keys| !keys.is_empty())
        .unwrap_or_default();
    let keys = named.iter().map(|key| PublisherKey::parse(key.text()));
    Ok(keys.collect::<std::result::Result<_, _>>()?)
}

/// Judges the signature of a file that was served as `file_name`, under the keys that count here.
/// A signature older than `max_age_days` of the policy is refused, and one whose serial is smaller
/// than what was seen before under its key; what is accepted raises that serial for good.
///
/// # Errors
///
/// [`crate::Error::Trust`] where it does not count, with no key named too; [`crate::Error::Store`]
/// where the serials in the state cannot be read or written.
#[expect(
    clippy::too_many_arguments,
    reason = "who asks, and the four that were served"
)]
pub(crate) fn verify(
    world: &World,
    written: &Written,
    kind: SignedKind,
    file_name: &str,
    bytes: Vec<u8>,
    signature: &str,
) -> Result<Verified<Signed>> {
    let max_age = written.policy.as_ref().and_then(|it| it.max_age_days);
    let (now, _) = world.machine.now();
    let freshness = Freshness {
        known_serial: None,
        not_before: max_age.map(|days| now.saturating_sub(u64::from(days) * DAY)),
    };
    let signed = verify_signed(
        kind,
        file_name,
        bytes,
        signature,
        &keys(written)?,
        &freshness,
    )?;
    let known = goseal_store::read_serial(&world.layout, kind.word(), &signed.key)?;
    let known = Freshness {
        known_serial: known,
        not_before: None,
    };
    let signed = signed.as_fresh_as(&known)?;
    goseal_store::raise_serial(&world.layout, kind.word(), &signed.key, signed.serial)?;
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use goseal_core::minisign::MinisignKey;
    use goseal_core::policy::{Policy, UserConfig};
    use goseal_trust::SignatureFault;

    use super::*;
    use crate::error::Error;
    use crate::scene::Scene;

    /// A key of minisign 0.11, and what it signed: `[]` and a line feed as `index.json`, once at
    /// 1795382084, once with the serial 7 at 1700000000. The clock of a scene shows 1800000000.
    const KEY: &str = "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF";
    const OTHER_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const NEW: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCewUrAsuq+SIt0xms5LVFg0fVVyXqTKb0sS+efPe3lrq1bd5cujDP6IfB08C0G+bbfbAl5RkCNk2J+h//HCmyuAo=
trusted comment: timestamp:1795382084\tfile:index.json\thashed
ZZJLXh1YGuELot4HJ4XDT603/EUk+hUlvcYY8Qd+es/5miJV2Ay0jJJykXw/94HVUzOcb6FE1oiR+yT8aAV8Dw==
";
    const OLD: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCewUrAsuq+SIt0xms5LVFg0fVVyXqTKb0sS+efPe3lrq1bd5cujDP6IfB08C0G+bbfbAl5RkCNk2J+h//HCmyuAo=
trusted comment: timestamp:1700000000\tfile:index.json\tserial:7
9FLNLKDzoMh1tCBuOHN1Z6Dz/cfnSUIdoWG9QzwZlhCZZXanTaDNlKDbYt7j8qO9TtnwCsLpgauhdDGprW8pBQ==
";

    fn named(keys: &[&str]) -> Vec<MinisignKey> {
        let keys = keys.iter().map(|key| MinisignKey::parse(key).unwrap());
        keys.collect()
    }

    fn written(of_policy: &[&str], of_user: &[&str]) -> Written {
        Written {
            policy: Some(Policy {
                minisign: named(of_policy),
                ..Policy::default()
            }),
            user: Some(UserConfig {
                minisign: named(of_user),
                ..UserConfig::default()
            }),
            ..Written::default()
        }
    }

    fn index(scene: &Scene, written: &Written, signature: &str) -> Result<u64, SignatureFault> {
        let (kind, bytes) = (SignedKind::Index, b"[]\n".to_vec());
        let verdict = verify(&scene.world, written, kind, "index.json", bytes, signature);
        match verdict {
            Ok(signed) => Ok(signed.serial),
            Err(Error::Trust(error)) => match *error {
                goseal_trust::Error::Signature { fault, .. } => Err(fault),
                other => panic!("{other}"),
            },
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_users_keys_count_only_where_the_policy_names_none() {
        let scene = Scene::new();
        let counts = |of_policy: &[&str], of_user: &[&str]| {
            index(&scene, &written(of_policy, of_user), NEW).is_ok()
        };
        assert!(counts(&[KEY], &[]));
        assert!(counts(&[], &[KEY]));
        assert!(counts(&[OTHER_KEY, KEY], &[]));
        assert!(!counts(&[OTHER_KEY], &[KEY]));
        assert!(!counts(&[], &[]));
        assert!(keys(&Written::default()).unwrap().is_empty());
    }

    #[test]
    fn a_serial_that_was_seen_is_kept_and_does_not_go_back() {
        let scene = Scene::new();
        let written = written(&[KEY], &[]);
        assert_eq!(index(&scene, &written, OLD), Ok(7));
        assert_eq!(index(&scene, &written, NEW), Ok(1_795_382_084));
        assert_eq!(index(&scene, &written, NEW), Ok(1_795_382_084));
        let rollback = SignatureFault::Rollback {
            known: 1_795_382_084,
            found: 7,
        };
        assert_eq!(index(&scene, &written, OLD), Err(rollback));
    }

    #[test]
    fn what_does_not_count_raises_no_serial() {
        let scene = Scene::new();
        let mut written = written(&[KEY], &[]);
        let set = |written: &mut Written, days| {
            written.policy.as_mut().unwrap().max_age_days = days;
        };
        set(&mut written, Some(53));
        let frozen = index(&scene, &written, NEW);
        assert!(
            matches!(frozen, Err(SignatureFault::Frozen { .. })),
            "{frozen:?}"
        );
        set(&mut written, None);
        assert_eq!(index(&scene, &written, OLD), Ok(7));
        set(&mut written, Some(54));
        assert_eq!(index(&scene, &written, NEW), Ok(1_795_382_084));
    }
}
