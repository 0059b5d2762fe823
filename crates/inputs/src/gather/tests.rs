use std::fs;

use goseal_core::home::State;

use super::*;
use crate::Error;
use goseal_core::pin::parse_pin;

struct World {
    _temp: tempfile::TempDir,
    root: PathBuf,
    layout: Layout,
    home: Home,
    pin: PinFile,
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap();
        let folder = root.join("p");
        fs::create_dir(&folder).unwrap();
        let bytes = b"1.22.5\n".to_vec();
        let line = parse_pin(&bytes).unwrap();
        let pin = PinFile {
            path: folder.join(".go-version"),
            folder,
            bytes,
            line,
            foreign: None,
        };
        let home = Home {
            build: "b".into(),
            program: root.join("goseal"),
            store: root.clone(),
            state: State::User,
        };
        Self {
            layout: Layout::rooted(&root),
            home,
            pin,
            _temp: temp,
            root,
        }
    }

    fn gather(&self, release: ReleaseSource<'_>) -> Result<Gathered> {
        let policy = self.root.join("policy.toml");
        let user_go_env = self.root.join("env");
        gather(&Sources {
            layout: &self.layout,
            home: &self.home,
            policy: &policy,
            uid: owner_of(&self.root),
            user_go_env: Some(&user_go_env),
            release,
        })
    }

    fn digest(&self) -> Sha256 {
        self.gather(ReleaseSource::Pin(&self.pin)).unwrap().digest
    }
}

/// Whoever runs the test owns what it made.
fn owner_of(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).unwrap())
}

#[test]
fn every_role_appears_once_in_order() {
    let world = World::new();
    let gathered = world.gather(ReleaseSource::Pin(&world.pin)).unwrap();
    let roles: Vec<Role> = gathered.parts.iter().map(|part| part.role).collect();
    assert_eq!(
        roles,
        [
            Role::Pin,
            Role::Project,
            Role::Lock,
            Role::UserConfig,
            Role::UserGoEnv,
            Role::Policy,
            Role::PolicySignature,
            Role::PolicyKey,
            Role::Seal,
            Role::Release
        ]
    );
    assert_eq!(gathered.bytes(Role::Pin), Some(&b"1.22.5\n"[..]));
    assert_eq!(gathered.bytes(Role::Release), Some(&b"pin"[..]));
    assert_eq!(gathered.bytes(Role::Lock), None);
}

#[test]
fn each_input_changes_the_digest() {
    let mut world = World::new();
    let seal = format!("seals/go1.22.5.{}/seal", platform());
    let mut seen = vec![world.digest()];
    for path in [
        "p/goseal.toml",
        "p/goseal.lock",
        "config.toml",
        "env",
        "policy.toml",
        "policy.toml.minisig",
        "policy.pub",
        &seal,
    ] {
        let path = world.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for text in ["", "x"] {
            fs::write(&path, text).unwrap();
            let digest = world.digest();
            assert!(!seen.contains(&digest), "{} {text:?}", path.display());
            seen.push(digest);
        }
    }
    world.home.build.push('2');
    assert!(!seen.contains(&world.digest()));
    seen.push(world.digest());
    world.pin.foreign = Some(7);
    assert!(!seen.contains(&world.digest()));
}

fn platform() -> String {
    let platform = Platform::of_this_build().unwrap();
    format!("{}-{}", platform.os(), platform.arch())
}

#[test]
fn without_a_pin_nothing_of_the_project_is_read() {
    let world = World::new();
    fs::write(world.root.join("p/goseal.toml"), "x").unwrap();
    let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
    for (source, text) in [
        (ReleaseSource::Door(id), "door go1.22.5.linux-amd64"),
        (ReleaseSource::Parent(id), "parent go1.22.5.linux-amd64"),
        (ReleaseSource::Default, "default"),
    ] {
        let gathered = world.gather(source).unwrap();
        assert_eq!(gathered.bytes(Role::Project), None);
        assert_eq!(gathered.bytes(Role::Seal), None);
        assert_eq!(gathered.bytes(Role::Release), Some(text.as_bytes()));
    }
}

#[test]
fn a_run_that_ignores_the_project_has_a_plan_of_its_own() {
    let mut world = World::new();
    let seal = world.root.join(format!("seals/go1.22.5.{}", platform()));
    fs::create_dir_all(&seal).unwrap();
    fs::write(seal.join("seal"), "x").unwrap();
    let text = |world: &World| {
        let gathered = world
            .gather(ReleaseSource::DefaultOrPin(&world.pin))
            .unwrap();
        assert_ne!(gathered.digest, world.digest());
        assert_eq!(gathered.bytes(Role::Seal), None);
        String::from_utf8(gathered.bytes(Role::Release).unwrap().to_vec()).unwrap()
    };
    assert_eq!(text(&world), "default or pin");
    world.pin.foreign = Some(7);
    assert_eq!(text(&world), "default or pin of 7");
}

#[test]
fn an_input_that_cannot_be_read_is_an_error_and_not_absent() {
    let world = World::new();
    let path = world.root.join("config.toml");
    fs::create_dir(&path).unwrap();
    let error = world.gather(ReleaseSource::Default).unwrap_err();
    assert!(matches!(error, Error::NotRegular { path: at } if at == path));
    fs::remove_dir(&path).unwrap();
    fs::write(&path, vec![b' '; INPUT_LIMIT + 1]).unwrap();
    let error = world.gather(ReleaseSource::Default).unwrap_err();
    assert!(matches!(error, Error::TooLarge { path: at, .. } if at == path));
}

fn env_of<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    |name| {
        let pair = pairs.iter().find(|(key, _)| *key == name)?;
        Some(OsString::from(pair.1))
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_users_go_file_is_where_go_looks_for_it() {
    let home = Path::new("/home/u");
    for (pairs, expected) in [
        (&[][..], Some("/home/u/.config/go/env")),
        (&[("HOME", "/h")], Some("/h/.config/go/env")),
        (&[("XDG_CONFIG_HOME", "/x")], Some("/x/go/env")),
        (&[("XDG_CONFIG_HOME", "x")], None),
        (&[("GOENV", "off")], None),
        (&[("GOENV", "")], Some("/home/u/.config/go/env")),
        (&[("GOENV", "/e"), ("HOME", "/h")], Some("/e")),
    ] {
        assert_eq!(
            user_go_env_path(&env_of(pairs), Some(home)),
            expected.map(PathBuf::from),
            "{pairs:?}"
        );
    }
    assert_eq!(user_go_env_path(&env_of(&[]), None), None);
}

#[test]
fn the_module_cache_is_looked_for_in_every_place_it_can_have() {
    let world = World::new();
    let file = world.root.join("env");
    fs::write(&file, "GOMODCACHE=/f/m\nGOPATH=/f/p\n").unwrap();
    let pairs = [
        ("GOPATH", "/e/p:/other"),
        ("HOME", "/h"),
        ("GOMODCACHE", "rel"),
    ];
    let caches = module_caches(&env_of(&pairs), Some(&file), None);
    let expected = ["/e/p/pkg/mod", "/f/m", "/f/p/pkg/mod", "/h/go/pkg/mod"];
    assert_eq!(caches, expected.map(PathBuf::from));
}

#[test]
fn the_policy_has_a_compiled_in_place_and_a_signature_beside_it() {
    assert!(policy_path().is_absolute());
    let signature = policy_signature_path(Path::new("/etc/goseal/policy.toml"));
    assert_eq!(signature, Path::new("/etc/goseal/policy.toml.minisig"));
}
