//! The run about to happen.

use std::fmt::Write as _;

use goseal_core::evidence::Evidence;
use goseal_core::plan::Verdict;
use goseal_ops::{Explanation, Row};
use serde_json::{Value, json};

use super::evidence_text;
use super::toolchain::chosen_text;

/// For people: the release and why, each setting with its reason, what would be refused.
pub(crate) fn explanation_text(explanation: &Explanation) -> String {
    let plan = &explanation.plan;
    let chosen = chosen_text(&plan.chosen);
    let mut text = format!("{} by {chosen}\n", plan.release);
    writeln!(text, "  profile   {}", plan.profile.word()).ok();
    writeln!(text, "  h1        {}", plan.h1).ok();
    writeln!(text, "  evidence  {}", evidence_text(&explanation.seal)).ok();
    for note in &explanation.notes {
        writeln!(text, "  note      {note}").ok();
    }
    text.push('\n');
    for row in &explanation.rows {
        row_text(row, &mut text);
    }
    if let Some(verdict) = &explanation.verdict {
        text.push('\n');
        verdict_text(verdict, &mut text);
    }
    if let Some(line) = &explanation.in_the_way {
        writeln!(text, "    Go will refuse: {line}").ok();
    }
    text
}

fn row_text(row: &Row, text: &mut String) {
    let value = row
        .value
        .as_deref()
        .map_or("(not set)".to_owned(), |value| format!("{value:?}"));
    writeln!(text, "{} = {value}", row.name).ok();
    writeln!(text, "    {} by {}: {}", row.action, row.by, row.reason).ok();
    let mut offered = |who: &str, what: Option<&String>| {
        if let Some(what) = what.filter(|what| row.value.as_ref() != Some(what)) {
            writeln!(text, "    {who} offers {what:?}").ok();
        }
    };
    offered("the environment", row.environment.as_ref());
    offered("your Go file", row.go_file.as_ref());
}

fn verdict_text(verdict: &Verdict, text: &mut String) {
    match verdict {
        Verdict::Refused(refusal) => {
            writeln!(text, "refused ({}): {}", refusal.code, refusal.what).ok();
            writeln!(text, "    {}", refusal.mend).ok();
        }
        Verdict::Allowed(judged) => {
            writeln!(
                text,
                "allowed: {}",
                judged.verb.as_deref().unwrap_or("no verb")
            )
            .ok();
            for one in &judged.weakened {
                writeln!(text, "    weakened ({}): {}", one.code, one.what).ok();
            }
            for flag in &judged.ambiguous {
                writeln!(text, "    not in the table of flags: {flag}").ok();
            }
            if judged.foreign_code {
                text.push_str(
                    "    the build runs foreign code: it gets a build cache of its own\n",
                );
            }
        }
    }
}

/// For machines.
pub(crate) fn explanation_json(explanation: &Explanation) -> Value {
    let plan = &explanation.plan;
    let settings: Vec<Value> = explanation
        .rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "value": row.value,
                "action": row.action,
                "by": row.by,
                "reason": row.reason,
                "offered": {"environment": row.environment, "go_file": row.go_file},
            })
        })
        .collect();
    json!({
        "release": plan.release.to_string(),
        "chosen_by": plan.chosen.by.word(),
        "chosen_file": plan.chosen.file,
        "chosen_line": plan.chosen.line,
        "profile": plan.profile.word(),
        "h1": plan.h1.to_string(),
        "evidence": plan.evidence.iter().map(Evidence::word).collect::<Vec<_>>(),
        "settings": settings,
        "notes": explanation.notes,
        "arguments": explanation.verdict.as_ref().map(verdict_json),
        "in_the_way": explanation.in_the_way,
    })
}

fn verdict_json(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Refused(refusal) => json!({
            "allowed": false,
            "code": refusal.code,
            "what": refusal.what,
            "mend": refusal.mend,
        }),
        Verdict::Allowed(judged) => json!({
            "allowed": true,
            "verb": judged.verb,
            "weakened": judged
                .weakened
                .iter()
                .map(|one| json!({"code": one.code, "what": one.what}))
                .collect::<Vec<_>>(),
            "ambiguous": judged.ambiguous,
            "foreign_code": judged.foreign_code,
        }),
    }
}
