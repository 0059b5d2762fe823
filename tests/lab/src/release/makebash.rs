//! `src/make.bash` of releases that can be built again: a shell script that stands in for a compiler.
//!
//! "Compiling" a tool is its `src/cmd/<tool>/main.sh` and, as comments, `src/fmt/print.go`: what is
//! changed in the one or the other is changed in the tool. The module zip that it packs holds what a
//! real one holds, stored instead of deflated. It needs bash and nothing but POSIX tools, gzip and
//! `head -c`.

use std::collections::BTreeMap;

use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;

/// The tools of a made-up release and where they are published.
fn tools(id: &ReleaseId) -> [(&'static str, String); 5] {
    let (os, arch) = (id.platform.os(), id.platform.arch());
    let exe = id.platform.exe_suffix();
    let bin = |tool: &str| format!("bin/{tool}{exe}");
    let tool = |tool: &str| format!("pkg/tool/{os}_{arch}/{tool}{exe}");
    [
        ("go", bin("go")),
        ("gofmt", bin("gofmt")),
        ("asm", tool("asm")),
        ("compile", tool("compile")),
        ("link", tool("link")),
    ]
}

/// Makes a release one whose tools come out of its sources.
pub(super) fn make_buildable(id: &ReleaseId, files: &mut BTreeMap<String, Vec<u8>>) {
    let print = files.get("src/fmt/print.go").cloned().unwrap_or_default();
    let print = String::from_utf8(print).expect("the made-up source is text");
    let lines: Vec<&str> = print.lines().collect();
    let comment = format!("# {}\n", lines.join("\n# "));
    for (tool, published) in tools(id) {
        let source = match tool {
            "go" | "gofmt" => files.get(&published).cloned().unwrap_or_default(),
            _ => format!("{tool} of {id}\n").into_bytes(),
        };
        let built = [source.as_slice(), comment.as_bytes()].concat();
        files.insert(format!("src/cmd/{tool}/main.sh"), source);
        files.insert(published, built);
    }
    files.insert("src/make.bash".to_owned(), script(id).into());
}

fn script(id: &ReleaseId) -> String {
    // The real rule: the release two minors back, whatever the machine.
    let bootgo = match id.version.minor() {
        ..=21 => "1.17.13",
        22 | 23 => "1.20.6",
        24 | 25 => "1.22.6",
        _ => "1.24.6",
    };
    // A script that is told nothing builds for the machine, as the real one does.
    let host = Platform::of_this_build().expect("Go is published for this platform");
    SCRIPT
        .replace("@VERSION@", &id.version.to_string())
        .replace("@BOOTGO@", bootgo)
        .replace("@OS@", host.os())
        .replace("@ARCH@", host.arch())
}

const SCRIPT: &str = r#"#!/usr/bin/env bash
# A stand-in for make.bash of a made-up release.
bootgo=@BOOTGO@

set -e
[ "$*" = -distpack ]
built_by=$("$GOROOT_BOOTSTRAP/bin/go" version)
echo "Building Go cmd/dist using $GOROOT_BOOTSTRAP. (${built_by#go version })"
cd ..
[ ! -e bin ] && [ ! -e pkg/tool ] && [ ! -e pkg/goseal ]
os=${GOOS:-@OS@} arch=${GOARCH:-@ARCH@}
exe=
[ "$os" != windows ] || exe=.exe
echo "Building packages and commands for $os/$arch."
mkdir -p bin "pkg/tool/${os}_$arch" pkg/distpack
compile() { { cat "src/cmd/$1/main.sh"; sed 's/^/# /' src/fmt/print.go; } >"$2/$1$exe"; }
compile go bin
compile gofmt bin
for tool in asm compile link; do compile "$tool" "pkg/tool/${os}_$arch"; done

# The module zip.
name=v0.0.1-go@VERSION@.$os-$arch
zip=pkg/distpack/$name.zip
list=$TMPDIR/list directory=$TMPDIR/directory sums=$TMPDIR/sums
byte() { printf "\\$(printf %03o $(($1 & 255)))"; }
le16() { byte "$1"; byte $(($1 >> 8)); }
le32() { le16 $(($1 & 65535)); le16 $(($1 >> 16)); }
find . -type f | sed 's,^\./,,' | grep -v '^pkg/distpack/' >"$list"
: >"$zip" >"$directory"
at=0 count=0
while IFS= read -r file; do
	shown=$file
	case "$file" in go.mod | */go.mod) shown=${file%go.mod}_go.mod ;; esac
	shown=golang.org/toolchain@$name/$shown
	size=$(wc -c <"$file")
	gzip -c "$file" | tail -c 8 >"$sums"
	numbers() { head -c 4 "$sums"; tail -c 4 "$sums"; tail -c 4 "$sums"; }
	{
		printf 'PK\003\004\024\000\000\000\000\000\000\000\000\000'
		numbers
		le16 ${#shown}
		le16 0
		printf %s "$shown"
		cat "$file"
	} >>"$zip"
	{
		printf 'PK\001\002\024\000\024\000\000\000\000\000\000\000\000\000'
		numbers
		le16 ${#shown}
		for zero in extra comment disk internal; do le16 0; done
		le32 0
		le32 $at
		printf %s "$shown"
	} >>"$directory"
	at=$((at + 30 + ${#shown} + size)) count=$((count + 1))
done <"$list"
{
	cat "$directory"
	printf 'PK\005\006\000\000\000\000'
	le16 $count
	le16 $count
	le32 $(($(wc -c <"$directory")))
	le32 $at
	le16 0
} >>"$zip"
echo "distpack: $name.zip"
"#;
