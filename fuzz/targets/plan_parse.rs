//! A text that is read as a plan is exactly what the plan is written as; a plan that was read can
//! be judged and applied, and gives every variable that it forces.
#![no_main]

use std::ffi::OsString;

use goseal_core::plan::Plan;
use goseal_core::tool::Tool;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(plan) = Plan::parse(data) else { return };
    assert_eq!(plan.format().as_bytes(), data);
    let _ = plan.judge(Tool::Go, &["build".into(), "-mod=mod".into()]);
    let offered = [("GOFLAGS", "-mod=mod"), ("HOME", "/h")]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let applied = plan.apply(&offered);
    for forced in &plan.forced {
        assert!(
            applied
                .environment
                .iter()
                .any(|(name, _)| *name == *forced.name)
        );
    }
});
