//! Releases of the program itself, as a publisher lists and signs them; and `goseal self update`.

use std::fs;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_lab::sandbox::{Run, product_binary};
use goseal_lab::server::{Answer, Server};
use goseal_lab::{Publisher, Sandbox};
use serde_json::Value;

use crate::stage::{OLD, Stage, platform};

/// The name of the list.
pub(crate) const LIST: &str = "goseal-releases.toml";

/// What a publisher offers, in a folder of its own.
pub(crate) struct Offer {
    pub(crate) version: String,
    pub(crate) platform: String,
    /// In the list.
    pub(crate) serial: u64,
    pub(crate) program: Vec<u8>,
    pub(crate) shim: Vec<u8>,
    /// The trusted comment of the signature.
    pub(crate) comment: String,
    pub(crate) publisher: Publisher,
}

impl Offer {
    /// A later build of this program: the same, with bytes behind its end that nobody reads.
    pub(crate) fn later() -> Self {
        let with = |name: &str| {
            let mut bytes = fs::read(product_binary(name)).unwrap();
            bytes.extend(b"another build");
            bytes
        };
        Self::of(with("goseal-lab"), with("goseal-shim"))
    }

    /// These files as version 0.2.0 for this platform.
    pub(crate) fn of(program: Vec<u8>, shim: Vec<u8>) -> Self {
        Self {
            version: "0.2.0".to_owned(),
            platform: platform().1,
            serial: 12,
            program,
            shim,
            comment: format!("timestamp:1700000000\tfile:{LIST}\tserial:12"),
            publisher: Publisher::named("releases"),
        }
    }

    pub(crate) fn list(&self) -> String {
        let file = |name: &str, bytes: &[u8]| {
            let (sha256, size) = (Sha256::of(bytes), bytes.len());
            format!("{{ file = \"{name}\", sha256 = \"{sha256}\", size = {size} }}")
        };
        format!(
            "schema = \"goseal.releases/1\"\nserial = {}\n\n[[release]]\nplatform = \"{}\"\n\
             version = \"{}\"\nprogram = {}\nshim = {}\n",
            self.serial,
            self.platform,
            self.version,
            file("goseal-program", &self.program),
            file("goseal-shim", &self.shim),
        )
    }

    /// Puts the list, its signature and the files into a folder of the sandbox.
    pub(crate) fn publish(&self, sandbox: &Sandbox, folder: &str) -> PathBuf {
        let list = self.list();
        let signature = self.publisher.sign(list.as_bytes(), &self.comment);
        sandbox.file(&format!("{folder}/goseal-program"), &self.program);
        sandbox.file(&format!("{folder}/goseal-shim"), &self.shim);
        sandbox.file(&format!("{folder}/{LIST}.minisig"), signature);
        let path = sandbox.file(&format!("{folder}/{LIST}"), list);
        path.parent().unwrap().to_owned()
    }
}

/// The program and its shim in a folder of their own, which an update may replace.
pub(crate) fn copied_program(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.root().join("program");
    fs::create_dir(&folder).unwrap();
    for name in ["goseal-lab", "goseal-shim"] {
        fs::copy(product_binary(name), folder.join(name)).unwrap();
    }
    folder
}

/// The user's configuration names the publisher.
pub(crate) fn trust(sandbox: &Sandbox, publisher: &Publisher) {
    let text = format!("minisign = [\"{}\"]\n", publisher.key());
    sandbox.file("goseal/config.toml", text);
}

struct Home {
    stage: Stage,
    folder: PathBuf,
}

impl Home {
    /// A home that the copied program made, with a release installed.
    fn new() -> Self {
        let stage = Stage::pinned();
        let folder = copied_program(&stage.sandbox);
        trust(&stage.sandbox, &Publisher::named("releases"));
        let home = Self { stage, folder };
        let _ = home.goseal(&["install"]).run().expect_code(0);
        home
    }

    fn goseal(&self, words: &[&str]) -> Run {
        let program = self.folder.join("goseal-lab");
        self.stage.sandbox.command(program).args(words)
    }

    fn update(&self, from: &str) -> Run {
        self.goseal(&["self", "update", "--from", from])
    }

    fn assert_is(&self, offer: &Offer) {
        let read = |path: PathBuf| fs::read(path).unwrap();
        assert!(read(self.folder.join("goseal-lab")) == offer.program);
        assert!(read(self.folder.join("goseal-shim")) == offer.shim);
        for shim in ["shims/go", "shims/gofmt"] {
            let path = self.stage.sandbox.goseal_home().join(shim);
            assert!(read(path) == offer.shim, "{shim}");
        }
        let door = self.stage.tree(OLD).join("bin/go");
        assert!(read(door) == offer.shim);
        let mut names: Vec<_> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["goseal-lab", "goseal-shim"]);
    }
}

#[test]
fn an_update_replaces_program_shims_and_doors_and_is_on_record() {
    let home = Home::new();
    let offer = Offer::later();
    let from = offer.publish(&home.stage.sandbox, "offer");
    let from = from.to_str().unwrap();
    let told = home.update(from).run().expect_code(0).stdout;
    let key = offer.publisher.id();
    assert!(
        told.starts_with("goseal 0.1.0 is replaced by 0.2.0\n")
            && told.contains(&format!("signed by  {key}, serial 12\n")),
        "{told}"
    );
    home.assert_is(&offer);
    let record = home.stage.last("verb");
    assert_eq!(
        (&record["verb"], &record["outcome"]),
        (&"self update".into(), &"ok".into())
    );

    // Everything works as before, with what was installed before.
    let _ = home.stage.go(["version"]).run().expect_code(0);
    let _ = home.stage.door(OLD, ["version"]).run().expect_code(0);
    let _ = home.goseal(&["verify", "--all"]).run().expect_code(0);
    let _ = home.goseal(&["audit", "verify"]).run().expect_code(0);

    let again = home.update(from).arg("--format").arg("json").run();
    let document: Value = serde_json::from_str(&again.expect_code(0).stdout).unwrap();
    assert_eq!(document["schema"], "goseal.self-update/1");
    assert_eq!(document["replaced"], false);
    assert_eq!(document["serial"], 12);
    home.assert_is(&offer);
}

#[test]
fn an_update_comes_over_the_wire_as_well() {
    let home = Home::new();
    let offer = Offer::later();
    let folder = offer.publish(&home.stage.sandbox, "offer");
    let server = Server::start(move |request| {
        let name = request
            .path()
            .strip_prefix("/releases/")
            .unwrap_or_default();
        match fs::read(folder.join(name)) {
            Ok(bytes) => Answer::ok("application/octet-stream", bytes),
            Err(_) => Answer::status(404),
        }
    });
    let from = format!("{}/releases", server.url());
    let told = home.update(&from).run().expect_code(0).stdout;
    assert!(
        told.contains(&format!("served by  {from}/{LIST}\n")),
        "{told}"
    );
    home.assert_is(&offer);
}

#[test]
fn a_half_finished_update_is_finished_by_the_same_command() {
    let home = Home::new();
    let offer = Offer::later();
    let from = offer.publish(&home.stage.sandbox, "offer");
    // Killed between the two renames: the new shim beside the old program.
    let shim = home.folder.join("goseal-shim");
    fs::write(&shim, &offer.shim).unwrap();
    let _ = home.goseal(&["current"]).run().expect_code(0);
    let _ = home.update(from.to_str().unwrap()).run().expect_code(0);
    home.assert_is(&offer);
}

#[test]
fn a_program_that_this_user_may_not_replace_is_the_disks_fault() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    if fs::metadata("/proc/self").is_ok_and(|about| is_of_root(&about)) {
        let test = "releases::a_program_that_this_user_may_not_replace_is_the_disks_fault";
        return goseal_lab::skipped(test, "no mode stops root");
    }
    let from = Offer::later().publish(&home.stage.sandbox, "offer");
    let mode = |mode| fs::set_permissions(&home.folder, fs::Permissions::from_mode(mode));
    mode(0o555).unwrap();
    let refused = home.update(from.to_str().unwrap()).run();
    mode(0o755).unwrap();
    let _ = refused.expect_code(7);
    assert_eq!(home.stage.last("verb")["outcome"], "failed");
}

fn is_of_root(about: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(about) == 0
}

#[test]
fn a_place_without_a_list_is_exit_4_and_no_place_at_all_exit_2() {
    let home = Home::new();
    let empty = home.stage.sandbox.file("empty/readme", "");
    let empty: &Path = empty.parent().unwrap();
    let _ = home.update(empty.to_str().unwrap()).run().expect_code(4);
    let _ = home.update("nowhere").run().expect_code(2);
    let _ = home.goseal(&["self", "update"]).run().expect_code(2);
}
