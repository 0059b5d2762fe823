//! The variables of Go itself.

use super::Class::{Carried, Chosen, Forced, Free, Stripped};
use super::Setting;

const HELP: &str = "go help environment";
const MOD: &str = "https://go.dev/ref/mod#environment-variables";
const READ_ONLY: &str = "go env prints it and reads it from nowhere";
const RUNTIME: &str = "https://pkg.go.dev/runtime#hdr-Environment_Variables";

const fn row(name: &'static str, class: super::Class, reason: &'static str) -> Setting {
    Setting::new(name, class, reason, HELP)
}

/// A variable that `go env` computes.
const fn computed(name: &'static str) -> Setting {
    Setting::new(name, Stripped, READ_ONLY, "go env")
}

/// A variable of one architecture: it chooses instructions, not behaviour.
const fn arch(name: &'static str) -> Setting {
    row(name, Free, "it chooses instructions of the target").belongs("set it in the shell")
}

/// A variable that the started program or the runtime reads.
const fn runtime(name: &'static str) -> Setting {
    Setting::new(
        name,
        Free,
        "the runtime of the started program reads it",
        RUNTIME,
    )
    .belongs("set it in the shell")
}

const fn debugging(name: &'static str, reason: &'static str) -> Setting {
    Setting::new(name, Stripped, reason, "cmd/compile, cmd/link")
}

/// `go generate` sets it for the generator, which may be run by `go run`.
const fn generator(name: &'static str) -> Setting {
    Setting::new(
        name,
        Free,
        "go generate tells the generator where it stands",
        "go help generate",
    )
}

const GOFLAGS_BELONGS: &str =
    "goseal.toml has the keys mod, trimpath, buildvcs, tags, race, pgo and ldflags";
const PRIVATE_BELONGS: &str = "list the modules in `private` of goseal.toml";

pub(super) const ROWS: &[Setting] = &[
    row(
        "GOTOOLCHAIN",
        Forced,
        "the pin is the only authority over the release",
    )
    .belongs("`goseal pin VERSION` changes the release"),
    row("GOENV", Forced, "a user's Go file changes builds unseen")
        .belongs("goseal reads the user's Go file itself"),
    row("GOROOT", Forced, "another tree's sources would be compiled")
        .belongs("`goseal pin VERSION` changes the release"),
    row(
        "GO111MODULE",
        Forced,
        "without modules there is no checksum database",
    )
    .belongs("goseal runs Go with modules only"),
    Setting::new(
        "GOSUMDB",
        Forced,
        "another database could vouch for anything",
        MOD,
    )
    .belongs(PRIVATE_BELONGS),
    Setting::new(
        "GONOSUMDB",
        Forced,
        "an empty one falls back to GOPRIVATE, which may be *",
        MOD,
    )
    .belongs(PRIVATE_BELONGS),
    row(
        "GOCACHE",
        Forced,
        "a build cache shared by toolchains or foreign code poisons builds",
    )
    .belongs("goseal keeps one build cache for each toolchain"),
    row(
        "GOFLAGS",
        Chosen,
        "flags leak into every command through it",
    )
    .belongs(GOFLAGS_BELONGS),
    row(
        "GOEXPERIMENT",
        Chosen,
        "it changes language and machine code",
    )
    .belongs("set `experiment` in goseal.toml"),
    Setting::new(
        "GOINSECURE",
        Chosen,
        "it fetches without TLS; by policy only",
        MOD,
    )
    .belongs("set `insecure` in the organisation's policy"),
    row(
        "GOOS",
        Free,
        "the target is the caller's unless the project chooses it",
    )
    .belongs("set `goos` in goseal.toml, or GOOS in the shell"),
    row(
        "GOARCH",
        Free,
        "the target is the caller's unless the project chooses it",
    )
    .belongs("set `goarch` in goseal.toml, or GOARCH in the shell"),
    Setting::new(
        "GOPROXY",
        Carried,
        "companies reach modules through it",
        MOD,
    ),
    Setting::new(
        "GOPRIVATE",
        Carried,
        "without it private names go to the public proxy",
        MOD,
    ),
    Setting::new(
        "GONOPROXY",
        Carried,
        "without it private names go to the public proxy",
        MOD,
    ),
    Setting::new(
        "GOAUTH",
        Carried,
        "private modules need credentials; it names a program",
        MOD,
    )
    .in_strict(Stripped)
    .belongs("set `auth` in the organisation's policy"),
    Setting::new(
        "GOVCS",
        Carried,
        "it limits which version control may run",
        MOD,
    ),
    row(
        "GOPATH",
        Carried,
        "it is the user's place for modules and programs",
    ),
    row("GOBIN", Carried, "it is the user's place for programs"),
    row("GOMODCACHE", Carried, "it is the user's place for modules"),
    row(
        "GOTMPDIR",
        Carried,
        "it is the user's place for temporary files",
    ),
    row(
        "GODEBUG",
        Free,
        "it changes how programs behave, Go included",
    )
    .in_strict(Stripped)
    .belongs("set it in the shell, or `godebug` in go.mod"),
    runtime("GOMAXPROCS"),
    runtime("GOGC"),
    runtime("GOMEMLIMIT"),
    runtime("GOTRACEBACK"),
    runtime("GORACE"),
    row(
        "GOCOVERDIR",
        Free,
        "a program built with -cover writes its data there",
    )
    .belongs("set it in the shell"),
    arch("GO386"),
    arch("GOAMD64"),
    arch("GOARM"),
    arch("GOARM64"),
    arch("GOLOONG64"),
    arch("GOMIPS"),
    arch("GOMIPS64"),
    arch("GOPPC64"),
    arch("GORISCV64"),
    arch("GOS390X"),
    arch("GOWASM"),
    generator("GOFILE"),
    generator("GOLINE"),
    generator("GOPACKAGE"),
    row(
        "GOWORK",
        Stripped,
        "it names another workspace than the folder's",
    )
    .belongs("pass it in the folder: goseal takes the go.work beside or below the pin"),
    row(
        "GOCACHEPROG",
        Stripped,
        "it names a program that supplies compiled code",
    )
    .belongs("programs come from the organisation's policy"),
    Setting::new(
        "GOPACKAGESDRIVER",
        Stripped,
        "it names a program that answers for go list",
        "golang.org/x/tools/go/packages",
    )
    .belongs("programs come from the organisation's policy"),
    row(
        "GOFIPS140",
        Stripped,
        "it exchanges the cryptography that is linked",
    )
    .belongs("no key of goseal.toml sets it"),
    row(
        "GO_EXTLINK_ENABLED",
        Stripped,
        "it changes the way programs are linked",
    )
    .belongs("no key of goseal.toml sets it"),
    Setting::new(
        "GOROOT_FINAL",
        Stripped,
        "it is written into programs, up to 1.22",
        "cmd/link",
    ),
    Setting::new(
        "GONOSUMCHECK",
        Stripped,
        "old releases skip go.sum for it",
        "cmd/go, 1.13",
    ),
    Setting::new(
        "GOTOOLCHAIN_INTERNAL_SWITCH_VERSION",
        Stripped,
        "it tells Go that the switch has happened",
        "cmd/go/internal/toolchain",
    ),
    Setting::new(
        "GOTOOLCHAIN_INTERNAL_SWITCH_COUNT",
        Stripped,
        "it counts switches",
        "cmd/go/internal/toolchain",
    ),
    debugging("GOCOMPILEDEBUG", "it changes machine code"),
    debugging("GOCLOBBERDEADHASH", "it changes machine code"),
    debugging("GOSSAFUNC", "it makes the compiler write a file"),
    debugging("GOSSADIR", "it makes the compiler write files"),
    debugging(
        "GO19CONCURRENTCOMPILATION",
        "it changes how the compiler works",
    ),
    computed("GOEXE"),
    computed("GOGCCFLAGS"),
    computed("GOHOSTARCH"),
    computed("GOHOSTOS"),
    computed("GOMOD"),
    computed("GOTELEMETRY"),
    computed("GOTELEMETRYDIR"),
    computed("GOTOOLDIR"),
    computed("GOVERSION"),
];
