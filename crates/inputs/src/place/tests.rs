use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use goseal_core::pin::PIN_FILE;

use super::*;
use crate::walk::{PinTrouble, Reason};

/// A world of folders below a temporary one, which is canonical and writable by its owner alone.
struct World {
    _temp: tempfile::TempDir,
    root: PathBuf,
    layout: Layout,
    caches: Vec<PathBuf>,
    trusted: Vec<PathBuf>,
    uid: u32,
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap();
        let uid = fs::metadata(&root).unwrap().uid();
        Self {
            layout: Layout::rooted(&root.join("home")),
            caches: vec![root.join("mod")],
            trusted: Vec::new(),
            uid,
            _temp: temp,
            root,
        }
    }

    fn folder(&self, path: &str) -> PathBuf {
        let folder = self.root.join(path);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn find(&self, cwd: &Path, pwd: Option<&Path>, chdir: Option<&str>) -> Place {
        find_place(&PlaceRequest {
            cwd,
            pwd: pwd.map(Path::as_os_str),
            chdir: chdir.map(OsStr::new),
            layout: &self.layout,
            module_caches: &|| self.caches.clone(),
            trusted_places: &self.trusted,
            uid: self.uid,
        })
    }

    fn pin_at(&self, path: &str) -> Option<String> {
        version_of(&self.find(&self.root.join(path), None, None).pin)
    }
}

fn version_of(pin: &PinFound) -> Option<String> {
    match pin {
        PinFound::Pin(pin) => Some(pin.line.version.to_string()),
        _ => None,
    }
}

#[test]
fn takes_the_nearest_pin_upward() {
    let world = World::new();
    world.folder("p/a/b");
    assert!(matches!(
        world.find(&world.root.join("p/a/b"), None, None).pin,
        PinFound::None
    ));
    world.file("p/.go-version", "1.22.5\n");
    assert_eq!(world.pin_at("p/a/b").unwrap(), "1.22.5");
    let inner = world.file("p/a/.go-version", "# why\n1.24.1\n");
    assert_eq!(world.pin_at("p/a/b").unwrap(), "1.24.1");
    let PinFound::Pin(pin) = world.find(&world.root.join("p/a/b"), None, None).pin else {
        panic!("no pin");
    };
    assert_eq!((pin.path, pin.folder), (inner, world.root.join("p/a")));
    assert_eq!((pin.line.line, pin.foreign), (2, None));
}

#[test]
fn a_faulty_pin_ends_the_walk() {
    let world = World::new();
    world.file("p/.go-version", "1.22.5\n");
    world.file("p/a/.go-version", "latest\n");
    let found = world.find(&world.root.join("p/a"), None, None).pin;
    assert!(matches!(
        found,
        PinFound::Faulty {
            trouble: PinTrouble::Text(_),
            ..
        }
    ));
}

#[test]
fn a_pin_that_is_no_file_is_refused_at_once() {
    let world = World::new();
    world.file("p/.go-version", "1.22.5\n");
    let fifo = world.folder("p/fifo").join(PIN_FILE);
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    world.folder("p/folder/.go-version");
    symlink("/dev/zero", world.folder("p/device").join(PIN_FILE)).unwrap();
    symlink("nowhere", world.folder("p/dangling").join(PIN_FILE)).unwrap();
    world.file("p/long/.go-version", &" ".repeat(5000));
    for name in ["fifo", "folder", "device", "dangling", "long"] {
        let found = world.find(&world.root.join("p").join(name), None, None).pin;
        assert!(
            matches!(
                found,
                PinFound::Faulty {
                    trouble: PinTrouble::Unreadable(_),
                    ..
                }
            ),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn pwd_counts_where_it_names_the_working_directory() {
    let world = World::new();
    let real = world.folder("real/p");
    world.folder("logical");
    let link = world.root.join("logical/p");
    symlink(&real, &link).unwrap();
    let place = world.find(&real, Some(&link), None);
    assert_eq!((place.folder, place.set_pwd), (link.clone(), None));
    for other in [world.folder("else"), PathBuf::from("logical/p")] {
        let place = world.find(&real, Some(&other), None);
        assert_eq!((place.folder, place.set_pwd), (real.clone(), None));
    }
    let unclean = world.root.join("logical/../logical/p");
    let place = world.find(&real, Some(&unclean), None);
    assert_eq!((place.folder, place.set_pwd), (real.clone(), Some(real)));
}

#[test]
fn two_ways_to_different_pins_take_the_physical_one_and_say_so() {
    let world = World::new();
    let real = world.folder("real/p");
    let above_real = world.file("real/.go-version", "1.22.5");
    let above_link = world.file("logical/.go-version", "1.24.1");
    let link = world.root.join("logical/p");
    symlink(&real, &link).unwrap();
    let place = world.find(&real, Some(&link), None);
    assert_eq!(version_of(&place.pin).unwrap(), "1.22.5");
    assert_eq!(
        (place.folder, place.set_pwd),
        (real.clone(), Some(real.clone()))
    );
    assert_eq!(
        place.disagreement.unwrap(),
        Disagreement {
            logical: link,
            physical: real,
            differences: vec![Difference {
                name: PIN_FILE,
                logical: Some(above_link),
                physical: Some(above_real),
            }],
        }
    );
}

#[test]
fn two_ways_to_different_modules_are_a_disagreement_too() {
    for name in ["go.mod", "go.work"] {
        let world = World::new();
        world.file(".go-version", "1.22.5");
        let real = world.folder("real/p");
        let found = world.file(&format!("logical/{name}"), "");
        let link = world.root.join("logical/p");
        symlink(&real, &link).unwrap();
        let differences = world
            .find(&real, Some(&link), None)
            .disagreement
            .unwrap()
            .differences;
        assert_eq!(
            differences,
            [Difference {
                name,
                logical: Some(found),
                physical: None,
            }]
        );
    }
}

#[test]
fn a_link_to_the_whole_project_is_no_disagreement() {
    let world = World::new();
    world.file("real/.go-version", "1.22.5");
    world.file("real/go.mod", "");
    let inner = world.folder("real/a");
    let link = world.root.join("link");
    symlink(world.root.join("real"), &link).unwrap();
    let place = world.find(&inner, Some(&link.join("a")), None);
    assert_eq!(place.disagreement, None);
    assert_eq!(place.folder, link.join("a"));
    let PinFound::Pin(pin) = place.pin else {
        panic!("no pin");
    };
    assert_eq!(pin.folder, link);
}

#[test]
fn dash_c_moves_the_place_as_chdir_does() {
    let world = World::new();
    world.file("a/.go-version", "1.22.5");
    world.file("b/.go-version", "1.24.1");
    let (a, b) = (world.root.join("a"), world.root.join("b"));
    for chdir in ["../b", b.to_str().unwrap()] {
        let place = world.find(&a, Some(&a), Some(chdir));
        assert_eq!(place.folder, b);
        assert_eq!(version_of(&place.pin).unwrap(), "1.24.1");
    }
    for nowhere in ["", "none", "../b/.go-version"] {
        let place = world.find(&a, Some(&a), Some(nowhere));
        assert_eq!(place.folder, a, "{nowhere}");
    }
}

#[test]
fn pins_of_dependencies_and_trees_are_passed_over() {
    let world = World::new();
    world.file(".go-version", "1.20.1");
    for (folder, reason) in [
        ("mod/example.com/m@v1.0.0", Reason::ModuleCache),
        ("mod/cache/x", Reason::ModuleCache),
        (
            "home/toolchains/go1.22.5.linux-amd64/src",
            Reason::ManagedTree,
        ),
        ("p/vendor/example.com/m", Reason::Vendor),
    ] {
        let path = world.file(&format!("{folder}/.go-version"), "1.24.1");
        world.file("p/go.mod", "");
        let place = world.find(&world.root.join(folder), None, None);
        assert_eq!(version_of(&place.pin).unwrap(), "1.20.1", "{folder}");
        assert_eq!(place.passed_over, [PassedOver { path, reason }]);
    }
}

#[test]
fn a_module_cache_is_known_through_a_link() {
    let mut world = World::new();
    world.file("real/mod/m@v1.0.0/.go-version", "1.24.1");
    let link = world.root.join("link");
    symlink(world.root.join("real"), &link).unwrap();
    world.caches = vec![link.join("mod")];
    assert_eq!(world.pin_at("real/mod/m@v1.0.0"), None);
}

#[test]
fn names_alone_make_no_dependency() {
    let world = World::new();
    for folder in [
        "people/vendor/p",
        "x@v1/p",
        "cache/p",
        "go1.22.5.linux-amd64/p",
        "mod/p",
    ] {
        world.file(&format!("{folder}/.go-version"), "1.24.1");
        assert_eq!(world.pin_at(folder).unwrap(), "1.24.1", "{folder}");
    }
}

#[test]
fn a_pin_in_a_world_writable_folder_is_passed_over() {
    let world = World::new();
    world.file(".go-version", "1.20.1");
    let path = world.file("open/.go-version", "1.24.1");
    let open = world.root.join("open");
    for mode in [0o777, 0o1777] {
        fs::set_permissions(&open, fs::Permissions::from_mode(mode)).unwrap();
        let place = world.find(&open, None, None);
        assert_eq!(version_of(&place.pin).unwrap(), "1.20.1");
        let reason = Reason::WorldWritable;
        assert_eq!(
            place.passed_over,
            [PassedOver {
                path: path.clone(),
                reason
            }]
        );
    }
}

/// The caller is another user than the one who owns the files, unless root does, who counts as
/// everyone's friend: then the file is given away first.
#[test]
fn a_foreign_pin_stops_the_walk_unless_its_place_is_trusted() {
    let mut world = World::new();
    world.file(".go-version", "1.20.1");
    let path = world.file("p/.go-version", "1.24.1");
    let owner = if world.uid == 0 {
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
        1234
    } else {
        world.uid
    };
    world.uid = 4321;
    let found = world.find(&world.root.join("p"), None, None).pin;
    let PinFound::Stopped {
        path: at,
        owner: who,
        pin: Some(pin),
    } = found
    else {
        panic!("{found:?}");
    };
    assert_eq!((at, who, pin.foreign), (path, owner, Some(owner)));
    world.trusted = vec![world.root.clone()];
    let PinFound::Pin(trusted) = world.find(&world.root.join("p"), None, None).pin else {
        panic!("not trusted");
    };
    assert_eq!(trusted, pin);
}

#[test]
fn the_text_of_a_foreign_file_is_not_repeated() {
    let mut world = World::new();
    let path = world.file("p/.go-version", "a secret");
    if world.uid == 0 {
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
    }
    world.uid = 4321;
    let found = world.find(&world.root.join("p"), None, None).pin;
    assert!(matches!(found, PinFound::Stopped { pin: None, .. }));
}
