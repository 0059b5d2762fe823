//! No arguments make the judge panic; what standard refuses strict refuses too; what is refused
//! stays refused when a package follows; gofmt is never refused.
#![no_main]

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use goseal_core::decide::decide;
use goseal_core::plan::{Plan, Verdict};
use goseal_core::policy::{Policy, Profile};
use goseal_core::project::Project;
use goseal_core::tool::Tool;
use libfuzzer_sys::fuzz_target;

static STANDARD: LazyLock<Plan> = LazyLock::new(|| plan(Profile::Standard));
static STRICT: LazyLock<Plan> = LazyLock::new(|| plan(Profile::Strict));

fn plan(profile: Profile) -> Plan {
    let project = Project {
        tags: vec!["a".into()],
        ..Project::default()
    };
    let policy = Policy {
        profile: Some(profile),
        ..Policy::default()
    };
    decide(&goseal_fuzz::known(Some(&project), Some(&policy))).expect("a plan")
}

fn refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(_))
}

fuzz_target!(|data: &[u8]| {
    let mut argv = goseal_fuzz::argv(data);
    let folder = Some(Path::new("/src/p"));
    let standard = STANDARD.judge_in(Tool::Go, &argv, folder);
    let strict = STRICT.judge_in(Tool::Go, &argv, folder);
    assert!(!refused(&STRICT.judge_in(Tool::Gofmt, &argv, folder)));
    match &standard {
        Verdict::Refused(refusal) => {
            assert!(refused(&strict), "{refusal:?}");
            assert!(!refusal.code.is_empty() && !refusal.mend.is_empty());
        }
        Verdict::Allowed(judged) => {
            assert!(judged.user_args.is_none_or(|at| at <= argv.len()));
            assert!(
                judged
                    .weakened
                    .iter()
                    .all(|weakening| !weakening.what.is_empty())
            );
            if !judged.weakened.is_empty() {
                assert!(refused(&strict), "{judged:?}");
            }
        }
    }
    // A flag at the end takes the next word as its value, and is then another flag.
    let open = argv
        .last()
        .is_none_or(|last| last.as_encoded_bytes().starts_with(b"-"));
    if !open {
        argv.push(OsString::from("./cmd"));
        for (plan, before) in [(&*STANDARD, &standard), (&*STRICT, &strict)] {
            let after = plan.judge_in(Tool::Go, &argv, folder);
            assert!(
                !refused(before) || refused(&after),
                "{before:?}, then {after:?}"
            );
        }
    }
});
