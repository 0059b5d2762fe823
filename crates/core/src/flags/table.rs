//! Verbs and their flags, Go 1.13 to 1.27.
//!
//! A flag is written as its name, with `=` where a value follows. Source: `go help VERB`, `go tool
//! vet -flags`, and the flag sets in `cmd/go/internal`.

/// How a verb's command line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Flags, then operands.
    Plain,
    /// Flags before and after the packages, up to `-args`.
    Test,
    /// Flags, files or one package, then the program's own arguments.
    Run,
    /// Flags, a tool's name, then the tool's own arguments.
    Tool,
    /// Flags of Go and of an analysis tool; the named flag chooses the tool.
    Analysis(&'static str),
}

/// One verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// One word, or two.
    pub name: &'static str,
    /// How its command line is read.
    pub shape: Shape,
    flags: &'static [&'static str],
}

impl Verb {
    /// Whether a value follows the flag; `None` where the table does not know the flag.
    pub fn takes_value(&self, flag: &str) -> Option<bool> {
        let flag = match self.shape {
            // The flags of the test program may be given by the names that it has for them.
            Shape::Test => flag.strip_prefix("test.").unwrap_or(flag),
            _ => flag,
        };
        self.flags()
            .find_map(|known| match known.strip_suffix('=') {
                Some(known) => (known == flag).then_some(true),
                None => (known == flag).then_some(false),
            })
    }

    /// The verb's flags, each with `=` where a value follows.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        self.flags
            .iter()
            .flat_map(|group| group.split_ascii_whitespace())
    }
}

const NX: &str = "n x";
/// Since 1.20, for every verb.
const CHDIR: &str = "C=";
const MOD: &str = "mod=";
const MOD_COMMON: &str = "modcacherw modfile= overlay=";
const BUILD: &str = "n x C= a p= v i asan asmflags= compiler= buildmode= buildvcs gcflags= \
    gccgoflags= mod= modcacherw modfile= overlay= installsuffix= json ldflags= linkshared msan \
    pgo= pkgdir= race tags= toolexec= trimpath work debug-actiongraph= debug-runtime-trace= \
    debug-trace=";
const COVER: &str = "cover covermode= coverpkg=";
const TEST: &str = "c o= exec= vet= coverprofile= artifacts bench= benchmem benchtime= \
    blockprofile= blockprofilerate= count= cpu= cpuprofile= failfast fullpath fuzz= fuzztime= \
    fuzzminimizetime= fuzzcachedir= fuzzworker list= memprofile= memprofilerate= mutexprofile= \
    mutexprofilefraction= outputdir= parallel= run= short skip= timeout= trace= shuffle= \
    paniconexit0 testlogfile= gocoverdir=";
const EDIT: &str = "fmt go= toolchain= json print godebug= dropgodebug= replace= dropreplace=";
const ANALYSIS: &str = "V all c= diff flags json source tags= v";
const VET: &str = "vettool= fix appends asmdecl assign atomic bool bools buildtag buildtags cgocall \
    composites composites.whitelist compositewhitelist copylocks defers directive errorsas \
    framepointer hostport httpresponse ifaceassert loopclosure lostcancel methods nilfunc printf \
    printf.funcs= printfuncs= rangeloops shift sigchanyzer slog stdmethods stdversion \
    stringintconv structtag testinggoroutine testinggoroutine.subtest tests timeformat unmarshal \
    unreachable unsafeptr unusedfuncs= unusedresult unusedresult.funcs= \
    unusedresult.stringmethods= unusedstringmethods= waitgroup shadow shadowstrict";
const FIX: &str = "fixtool= fix= force= r= any atomictypes buildtag buildtags embedlit errorsastype \
    fmtappendf forvar hostport inline inline.allow_binding_decl inline.lazy_edits mapsloop minmax \
    newexpr omitzero plusbuild rangeint reflecttypefor slicesbackward slicescontains slicessort \
    stditerators stringsbuilder stringscut stringscutprefix stringsseq testingcontext unsafefuncs \
    waitgroup waitgroupgo";

const fn plain(name: &'static str, flags: &'static [&'static str]) -> Verb {
    Verb {
        name,
        shape: Shape::Plain,
        flags,
    }
}

/// Every verb.
pub const VERBS: &[Verb] = &[
    plain("build", &[BUILD, COVER, "o="]),
    Verb {
        name: "test",
        shape: Shape::Test,
        flags: &[BUILD, COVER, TEST],
    },
    Verb {
        name: "run",
        shape: Shape::Run,
        flags: &[BUILD, COVER, "exec="],
    },
    plain(
        "list",
        &[
            BUILD,
            COVER,
            "compiled deps e export f= find m retracted reuse= test u versions",
        ],
    ),
    plain("env", &[NX, CHDIR, "json u w changed"]),
    plain("install", &[BUILD, COVER]),
    Verb {
        name: "vet",
        shape: Shape::Analysis("vettool"),
        flags: &[BUILD, VET, ANALYSIS],
    },
    plain("version", &[CHDIR, "m v json"]),
    plain("get", &[BUILD, "d f fix insecure m t tool u"]),
    plain("mod download", &[CHDIR, MOD_COMMON, "json reuse= x"]),
    plain(
        "mod edit",
        &[
            NX,
            CHDIR,
            MOD_COMMON,
            EDIT,
            "module= require= droprequire= exclude= dropexclude= retract= dropretract= tool= droptool= \
         ignore= dropignore=",
        ],
    ),
    plain("mod graph", &[CHDIR, MOD_COMMON, "go= x"]),
    plain("mod init", &[CHDIR, MOD_COMMON]),
    plain("mod tidy", &[CHDIR, MOD_COMMON, "v x e diff go= compat="]),
    plain("mod vendor", &[CHDIR, MOD_COMMON, "v e o="]),
    plain("mod verify", &[CHDIR, MOD_COMMON]),
    plain("mod why", &[CHDIR, MOD_COMMON, "m vendor"]),
    plain("work edit", &[CHDIR, EDIT, "use= dropuse="]),
    plain("work init", &[CHDIR, MOD_COMMON]),
    plain("work sync", &[CHDIR, MOD_COMMON]),
    plain("work use", &[CHDIR, MOD_COMMON, "r"]),
    plain("work vendor", &[CHDIR, MOD_COMMON, "v e o="]),
    plain("generate", &[BUILD, "run= skip="]),
    plain("clean", &[BUILD, "r cache fuzzcache modcache testcache"]),
    plain("fmt", &[NX, CHDIR, MOD, MOD_COMMON]),
    Verb {
        name: "fix",
        shape: Shape::Analysis("fixtool"),
        flags: &[BUILD, FIX, ANALYSIS],
    },
    plain("doc", &[CHDIR, "all c cmd ex http short src u"]),
    Verb {
        name: "tool",
        shape: Shape::Tool,
        flags: &[CHDIR, MOD_COMMON, "n"],
    },
    plain("bug", &[CHDIR, "v"]),
    plain("telemetry", &[CHDIR]),
];

/// The first words of verbs of two.
const GROUPS: [&str; 2] = ["mod", "work"];

/// The verb that the words begin with, and how many of them it takes.
pub(super) fn verb_of<'w>(
    mut words: impl Iterator<Item = &'w str>,
) -> Option<(&'static Verb, usize)> {
    let first = words.next()?;
    if !GROUPS.contains(&first) {
        return VERBS
            .iter()
            .find(|verb| verb.name == first)
            .map(|verb| (verb, 1));
    }
    let second = words.next()?;
    let named = |verb: &&Verb| verb.name.split_once(' ') == Some((first, second));
    VERBS.iter().find(named).map(|verb| (verb, 2))
}

/// How many words name a verb, a group alone included: where Go looks for `-C`.
pub(crate) fn words_of_verb(first: Option<&str>, second: Option<&str>) -> usize {
    match (first, second) {
        (Some(first), second) if GROUPS.contains(&first) => {
            1 + usize::from(verb_of([first].into_iter().chain(second)).is_some())
        }
        (Some(first), _) => usize::from(VERBS.iter().any(|verb| verb.name == first)),
        (None, _) => 0,
    }
}

/// The tools of Go itself; any other is a program of the project. Source: `src/cmd` of 1.13 to 1.27.
const OWN_TOOLS: [&str; 22] = [
    "addr2line",
    "api",
    "asm",
    "buildid",
    "cgo",
    "compile",
    "covdata",
    "cover",
    "dist",
    "distpack",
    "doc",
    "fix",
    "link",
    "nm",
    "objdump",
    "oldlink",
    "pack",
    "pprof",
    "preprofile",
    "test2json",
    "trace",
    "vet",
];

pub(super) fn is_own_tool(name: &str) -> bool {
    let bare = name.strip_suffix(".exe").unwrap_or(name);
    OWN_TOOLS.contains(&bare)
}
