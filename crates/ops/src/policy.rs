//! The organisation's policy as it lies there: whether it counts at all.
//!
//! Where `policy.pub` lies beside `policy.toml`, the machine names a key: then only a policy that this
//! key signed counts, and without one nothing runs. Deleting the policy, its signature, or putting
//! back an older one does not weaken what is required.

use std::path::Path;

use goseal_core::policy::Policy;
use goseal_inputs::{INPUT_LIMIT, policy_key_path, policy_signature_path, read_guarded};
use goseal_trust::{
    Freshness, PublisherKey, SignatureFault, SignedKind, Verified, signature_fault, verify_signed,
};

use crate::error::Result;
use crate::signed::DAY;
use crate::world::World;

/// A policy that counts.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    /// What it says.
    pub policy: Option<Policy>,
    /// Seconds since 1970 after which its signature is too old.
    pub not_after: Option<i64>,
}

/// Reads the policy, and verifies its signature where the machine names a key.
///
/// # Errors
///
/// [`crate::Error::Inputs`] for a file that others may change or that cannot be read;
/// [`crate::Error::Trust`] for a signature that does not count or is not there;
/// [`crate::Error::Config`] for what cannot be read as a policy.
pub(crate) fn read_policy(world: &World) -> Result<InForce> {
    let path = &world.product.policy_path;
    let bytes = read_guarded(path, world.user.uid)?;
    let key = read_guarded(&policy_key_path(path), world.user.uid)?;
    let parse = |bytes: &[u8]| goseal_config::parse_policy(bytes, path);
    let Some(key) = key else {
        let policy = bytes.map(|bytes| parse(&bytes)).transpose()?;
        let not_after = None;
        return Ok(InForce { policy, not_after });
    };
    let key = key_of(&key)?;
    let missing = || {
        signature_fault(
            SignedKind::Policy,
            &file_name(path),
            SignatureFault::Missing,
        )
    };
    let bytes = bytes.ok_or_else(missing)?;
    let signature = goseal_inputs::read_bounded(&policy_signature_path(path), INPUT_LIMIT)?;
    let (signature, _) = signature.ok_or_else(missing)?;
    let signature = String::from_utf8_lossy(&signature);
    let name = file_name(path);
    let kept = Freshness::default();
    let signed = verify_signed(SignedKind::Policy, &name, bytes, &signature, &[key], &kept)?;
    // What it says counts only after its signature does, its own limit of age included.
    let policy = parse(&signed.bytes)?;
    let max_age = policy.max_age_days.map(|days| u64::from(days) * DAY);
    let signed = fresh(world, signed, max_age)?;
    let not_after = max_age
        .zip(signed.signed_at)
        .and_then(|(age, at)| i64::try_from(at.saturating_add(age)).ok());
    Ok(InForce {
        policy: Some(policy),
        not_after,
    })
}

/// The same signature, if it is young enough and its serial did not go back.
fn fresh(
    world: &World,
    signed: Verified<goseal_trust::Signed>,
    max_age: Option<u64>,
) -> Result<Verified<goseal_trust::Signed>> {
    let (now, _) = world.machine.now();
    let kind = SignedKind::Policy.word();
    let freshness = Freshness {
        known_serial: goseal_store::read_serial(&world.layout, kind, &signed.key)?,
        not_before: max_age.map(|age| now.saturating_sub(age)),
    };
    let signed = signed.as_fresh_as(&freshness)?;
    // A state that cannot be written keeps no serial: a read-only home runs all the same.
    let _ = goseal_store::raise_serial(&world.layout, kind, &signed.key, signed.serial);
    Ok(signed)
}

/// The key in a `.pub` file of minisign: the last line that is not empty.
fn key_of(bytes: &[u8]) -> Result<PublisherKey> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().map(str::trim);
    let last = lines.rfind(|line| !line.is_empty()).unwrap_or_default();
    Ok(PublisherKey::parse(last)?)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use goseal_core::policy::Profile;

    use super::*;
    use crate::error::Error;
    use crate::scene::Scene;

    /// A key of minisign 0.11 and the policy `profile = "strict"` that it signed as `policy.toml` at
    /// 1799000000. The clock of a scene shows 1800000000.
    const KEY: &str = "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF";
    const POLICY: &str = "profile = \"strict\"\nmax_age_days = 12\n";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCe9qFWyYuWEMeyuE2PHwfB8yVa7rJV0BAtK3lxSxYdEn0FE0jpIChl3PwrGNPWQhRO9WRlfNrAxhf4jsFoFK2vQk=
trusted comment: timestamp:1799000000\tfile:policy.toml\thashed
V/BvX6GOBxcdFmJlFbDinshsO6XTwNC1L7I6sEi4UcQ9PLnuL2vfAKyn2ffIdpzQ82SzYVA4tOm1VxDoQCiXAg==
";
    /// The same key over an older one, signed at 1798000000.
    const OLDER: &str = "profile = \"strict\"\n";
    const OLDER_SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCe49aOXq2iKfIhrIWjaaeRg7kJSLGZzEM8BZ/rC1nTktb872Xg8ZYaTdXidk7N/3zU/ld9ccOVexm+an8asjvowo=
trusted comment: timestamp:1798000000\tfile:policy.toml\thashed
xSWdnpHYx98X/OtmAOixxwJ66XG8lN/qvXAjdV27pq326vgX2fxENvh+satvdkmQ5azPTfc84eCaokHgCGCICw==
";

    fn fault(scene: &Scene) -> SignatureFault {
        match read_policy(&scene.world).unwrap_err() {
            Error::Trust(error) => match *error {
                goseal_trust::Error::Signature { fault, .. } => fault,
                other => panic!("{other}"),
            },
            other => panic!("{other}"),
        }
    }

    #[test]
    fn without_a_key_a_policy_counts_as_it_is() {
        let scene = Scene::new();
        assert!(read_policy(&scene.world).unwrap().policy.is_none());
        scene.file("policy.toml", OLDER);
        let policy = read_policy(&scene.world).unwrap().policy.unwrap();
        assert_eq!(policy.profile, Some(Profile::Strict));
        // Nobody named a key for it.
        scene.file("policy.toml.minisig", "nonsense");
        assert!(read_policy(&scene.world).is_ok());
    }

    #[test]
    fn where_the_machine_names_a_key_only_a_signed_policy_counts() {
        let scene = Scene::new();
        scene.file("policy.pub", &format!("untrusted comment: ours\n{KEY}\n"));
        assert_eq!(fault(&scene), SignatureFault::Missing, "no policy");
        scene.file("policy.toml", POLICY);
        assert_eq!(fault(&scene), SignatureFault::Missing, "no signature");
        scene.file("policy.toml.minisig", SIGNATURE);
        let found = read_policy(&scene.world).unwrap();
        assert_eq!(found.policy.unwrap().profile, Some(Profile::Strict));
        assert_eq!(found.not_after, Some(1_799_000_000 + 12 * 86_400));
        scene.file("policy.toml", &format!("{POLICY}# weaker\n"));
        assert!(matches!(fault(&scene), SignatureFault::Forged(_)));
        scene.file(
            "policy.pub",
            "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
        );
        assert!(matches!(fault(&scene), SignatureFault::UnknownKey { .. }));
        scene.file("policy.pub", "no key\n");
        assert!(matches!(fault(&scene), SignatureFault::NotAKey(_)));
    }

    #[test]
    fn an_older_policy_does_not_come_back() {
        let scene = Scene::new();
        scene.file("policy.pub", KEY);
        let put = |policy: &str, signature: &str| {
            scene.file("policy.toml", policy);
            scene.file("policy.toml.minisig", signature);
        };
        put(OLDER, OLDER_SIGNATURE);
        assert!(read_policy(&scene.world).is_ok());
        put(POLICY, SIGNATURE);
        assert!(read_policy(&scene.world).is_ok());
        put(OLDER, OLDER_SIGNATURE);
        let rollback = SignatureFault::Rollback {
            known: 1_799_000_000,
            found: 1_798_000_000,
        };
        assert_eq!(fault(&scene), rollback);
    }

    #[test]
    fn a_policy_bounds_the_age_of_its_own_signature() {
        let mut scene = Scene::new();
        scene.file("policy.pub", KEY);
        scene.file("policy.toml", POLICY);
        scene.file("policy.toml.minisig", SIGNATURE);
        assert!(read_policy(&scene.world).is_ok());
        scene.at(1_799_000_000 + 12 * 86_400);
        assert!(read_policy(&scene.world).is_ok());
        scene.at(1_799_000_001 + 12 * 86_400);
        assert!(matches!(fault(&scene), SignatureFault::Frozen { .. }));
    }

    #[test]
    fn what_others_may_change_is_no_policy() {
        use std::os::unix::fs::PermissionsExt as _;
        for name in ["policy.toml", "policy.pub"] {
            let scene = Scene::new();
            let path = scene.file(name, KEY);
            let open = std::fs::Permissions::from_mode(0o666);
            std::fs::set_permissions(&path, open).unwrap();
            let refused = read_policy(&scene.world).unwrap_err();
            assert!(matches!(refused, Error::Inputs(_)), "{name}: {refused}");
        }
    }
}
