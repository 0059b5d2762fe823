use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use flate2::read::GzDecoder;
use goseal_core::digest::Sha256;
use goseal_core::manifest::{Difference, Entry, EntryName, Manifest};
use goseal_core::release::ReleaseId;
use goseal_lab::{IndexLie, Release, World};

use crate::client::get;

fn manifest(files: impl IntoIterator<Item = (EntryName, Vec<u8>)>) -> Manifest {
    let files = files.into_iter().map(|(name, bytes)| {
        let (sha256, size) = (Sha256::of(&bytes), bytes.len() as u64);
        (name, Entry { sha256, size })
    });
    Manifest::from_files(files).unwrap()
}

/// The files of a module zip, by their published names.
fn unzip(bytes: &[u8], id: &ReleaseId) -> Manifest {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let name = file
            .name()
            .unwrap()
            .strip_prefix(&id.module_prefix())
            .unwrap()
            .to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.push((EntryName::from_module_name(&name).unwrap(), bytes));
    }
    manifest(files)
}

/// The files of an archive, and the mode of everything in it.
fn untar(bytes: &[u8]) -> (Manifest, BTreeMap<String, u32>) {
    let mut tar = tar::Archive::new(GzDecoder::new(bytes));
    let (mut files, mut modes) = (Vec::new(), BTreeMap::new());
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        modes.insert(path.clone(), entry.header().mode().unwrap());
        if entry.header().entry_type().is_file() {
            let name = EntryName::parse(path.strip_prefix("go/").unwrap()).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.push((name, bytes));
        }
    }
    (manifest(files), modes)
}

#[test]
fn archive_zip_and_manifest_have_one_identity() {
    for (version, platform) in [
        ("1.22.5", "linux/amd64"),
        ("1.20", "linux/arm"),
        ("1.27rc2", "darwin/arm64"),
        ("1.26.10", "windows/amd64"),
    ] {
        let release = Release::new(version, platform);
        let id = release.id();
        let zip = unzip(&release.module_zip(), &id);
        assert_eq!(zip, release.module_manifest(), "{id}");
        assert_eq!(zip.h1(&id), release.h1(), "{id}");
        let (archive, _) = untar(&release.tar_gz());
        assert_eq!(archive, release.manifest(), "{id}");
        assert_eq!(archive.h1(&id), release.h1(), "{id}");
        assert!(archive.len() > zip.len());
    }
}

#[test]
fn the_bytes_are_the_same_every_time() {
    let [one, two] = [(); 2].map(|()| Release::new("1.22.5", "linux/amd64"));
    assert_eq!(one.module_zip(), two.module_zip());
    assert_eq!(one.tar_gz(), two.tar_gz());
    // The lab's archives are fixed to these: a change shows in every test that pins a digest.
    assert_eq!(
        one.h1().to_string(),
        "h1:WSeibjzHSkXlueG+UYTWUlQDPS+bBEJct2+vexiZbVI="
    );
}

#[test]
fn the_archive_has_folders_and_modes() {
    let (_, modes) = untar(&Release::new("1.22.5", "linux/amd64").tar_gz());
    for (path, mode) in [
        ("go/", 0o755),
        ("go/bin/", 0o755),
        ("go/bin/go", 0o755),
        ("go/pkg/tool/linux_amd64/compile", 0o755),
        ("go/src/make.bash", 0o755),
        ("go/src/fmt/print.go", 0o644),
        ("go/VERSION", 0o644),
    ] {
        assert_eq!(modes.get(path), Some(&mode), "{path}");
    }
}

#[test]
fn a_release_can_be_changed_and_can_claim_to_be_another() {
    let honest = Release::new("1.22.5", "linux/amd64");
    let changed = honest
        .clone()
        .with_file("src/fmt/print.go", "package evil\n")
        .with_file("src/extra.go", "")
        .without("LICENSE");
    let differences = honest.manifest().differences(&changed.manifest());
    let lines: Vec<_> = differences.iter().map(Difference::to_string).collect();
    assert_eq!(
        lines,
        [
            "missing LICENSE",
            "extra   src/extra.go",
            "changed src/fmt/print.go"
        ]
    );
    let claiming = Release::new("1.22.4", "linux/amd64").claiming("go1.22.5.linux-amd64");
    assert_eq!(claiming.id(), honest.id());
    assert_eq!(
        claiming.files()["VERSION"],
        b"go1.22.4\ntime 2024-07-02T18:40:00Z\n"
    );
    assert_ne!(claiming.h1(), honest.h1());
    unzip(&claiming.module_zip(), &honest.id());
}

#[test]
fn the_proxy_and_the_archive_base_serve_them() {
    let release = Release::new("1.22.5", "linux/arm");
    let world = World::start([release.clone(), Release::new("1.27rc1", "linux/amd64")]);
    let below = |file: &str| get(&world, &format!("/proxy/golang.org/toolchain/@v/{file}"));
    assert_eq!(
        below("list").text(),
        "v0.0.1-go1.22.5.linux-arm\nv0.0.1-go1.27rc1.linux-amd64\n"
    );
    assert_eq!(
        below("v0.0.1-go1.22.5.linux-arm.info").text(),
        r#"{"Version":"v0.0.1-go1.22.5.linux-arm","Time":"2024-07-02T18:40:00Z"}"#
    );
    assert_eq!(
        below("v0.0.1-go1.22.5.linux-arm.mod").text(),
        "module golang.org/toolchain\n"
    );
    assert_eq!(
        below("v0.0.1-go1.22.5.linux-arm.zip").body,
        release.module_zip()
    );
    assert_eq!(below("v0.0.1-go1.22.6.linux-arm.zip").status, 404);
    assert_eq!(
        get(&world, "/proxy/golang.org/toolchain/@latest").status,
        404
    );
    let path = World::archive_path("go1.22.5.linux-arm");
    assert_eq!(path, "/dl/go1.22.5.linux-armv6l.tar.gz");
    assert_eq!(get(&world, &path).body, release.tar_gz());
    let sum = Sha256::of(&release.tar_gz()).to_string();
    assert_eq!(get(&world, &format!("{path}.sha256")).text(), sum);
}

#[test]
fn the_index_lists_them_and_lies_when_told() {
    let release = Release::new("1.22.5", "linux/arm");
    let world = World::start([release.clone(), Release::new("1.27rc1", "linux/amd64")]);
    let archives = |query: &str| {
        let reply = get(&world, &format!("/dl/?{query}"));
        let index: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        let versions = index.as_array().unwrap().iter();
        let files = versions.flat_map(|version| version["files"].as_array().unwrap().clone());
        files
            .filter(|file| file["kind"] == "archive")
            .map(|file| {
                (
                    file["filename"].clone(),
                    file["sha256"].clone(),
                    file["size"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let all = "mode=json&include=all";
    let honest = archives(all);
    let (name, bytes) = ("go1.22.5.linux-armv6l.tar.gz", release.tar_gz());
    assert_eq!(honest.len(), 2);
    assert_eq!(
        honest[1],
        (
            name.into(),
            Sha256::of(&bytes).to_string().into(),
            bytes.len().into()
        )
    );
    assert_eq!(archives("mode=json"), honest[1..]);
    let lied = |lie: IndexLie| {
        world.repent();
        world.lie(lie);
        archives(all)
    };
    let one = |lie| lied(lie)[1].clone();
    assert_ne!(one(IndexLie::WrongSha256).1, honest[1].1);
    assert_eq!(one(IndexLie::WrongSize).2, bytes.len() + 1);
    assert_eq!(one(IndexLie::EmptySha256).1, "");
    assert_eq!(
        one(IndexLie::FileName("../x.tar.gz".to_owned())).0,
        "../x.tar.gz"
    );
    assert_eq!(lied(IndexLie::Duplicate).len(), 4);
    assert_eq!(lied(IndexLie::Missing), []);
    assert_eq!(lied(IndexLie::Text("[]".to_owned())), []);
    world.repent();
    assert_eq!(archives(all), honest);
}
