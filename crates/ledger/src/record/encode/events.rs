//! The fields of each event, in the order of the schema.

use goseal_core::digest::H1;
use goseal_core::evidence::SumdbPosition;

use super::Encoder;
use crate::json::{push_str, push_u64};
use crate::record::{
    Archive, Change, Claim, End, Event, Failed, Genesis, InstallStarted, Installed, PinNote,
    PolicyNote, Refused, RunRefused, Start, Status, Torn, User, Verb, Verified,
};
use crate::redact::{Argv, Redacted};

/// Settings and CI identity that are written in more bytes than this are kept once by digest:
/// they are the same from run to run.
const INLINE: usize = 192;

impl Encoder {
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Genesis(genesis) => self.genesis(genesis),
            Event::Start(start) => self.start(start),
            Event::End(end) => self.end(end),
            Event::RunRefused(refused) => self.run_refused(refused),
            Event::InstallStarted(started) => self.install_started(started),
            Event::Installed(installed) => self.installed(installed),
            Event::Refused(refused) => self.refused(refused),
            Event::Failed(failed) => self.failed(failed),
            Event::Verified(verified) => self.verified(verified),
            Event::Policy(policy) => self.policy(policy),
            Event::Verb(verb) => self.verb(verb),
            Event::Torn(torn) => self.torn(torn),
            Event::Gap(gap) => {
                self.redacted_field("reason", &gap.reason);
                if let Some(lost) = gap.lost {
                    self.number_field("lost", lost);
                }
            }
            Event::Warned(warned) => {
                self.text_field("code", &warned.code);
                self.redacted_field("reason", &warned.reason);
                if let Some(run) = warned.lost_run {
                    self.field("lost_run", |e| e.hex(run.as_bytes()));
                }
            }
        }
    }

    fn genesis(&mut self, genesis: &Genesis) {
        self.field("chain", |e| e.hex(&genesis.chain));
        self.field("machine", |e| e.hex(genesis.machine.as_bytes()));
        if let Some(before) = genesis.predecessor {
            self.field("predecessor", |e| e.hex(&before));
        }
        if let Some(key) = &genesis.key {
            self.text_field("key", key);
        }
        self.text_field("goseal", &genesis.goseal);
        self.user(&genesis.user);
    }

    fn start(&mut self, start: &Start) {
        self.user(&start.user);
        self.field("host", |e| {
            e.raw(br#"{"name":"#);
            e.text(&start.host);
            e.raw(br#","voucher":"kernel"}"#);
        });
        self.field("terminal", |e| e.flag(start.terminal));
        self.field("pid", |e| e.digits(start.pid));
        self.field("ppid", |e| e.digits(start.ppid));
        if let Some(ticks) = start.pid_start {
            self.number_field("pid_start", ticks);
        }
        if let Some(parent) = &start.parent {
            self.field("parent", |e| {
                push_str(&mut e.out, &parent.to_string());
            });
        }
        self.claims(&start.ci);
        self.text_field("tool", &start.tool);
        self.argv(&start.argv);
        self.redacted_field("cwd", &start.cwd);
        self.pin(&start.pin);
        self.text_field("release", &start.release);
        if let Some(door) = &start.door {
            self.text_field("door", door);
        }
        self.proof(start.h1.as_ref(), &start.evidence, start.sumdb.as_ref());
        self.words("unmet", &start.unmet);
        self.text_field("checked", start.checked.word());
        if let Some(seq) = start.deep_seq {
            self.number_field("deep_seq", seq);
        }
        self.text_field("profile", start.profile.word());
        self.digest_field("plan", start.plan.as_ref());
        self.digest_field("inputs", start.inputs.as_ref());
        self.changes(&start.environment);
        self.words("weakened", &start.weakened);
    }

    fn end(&mut self, end: &End) {
        let (name, number) = match end.status {
            Status::Exit(code) => ("exit", code),
            Status::Signal(number) => ("signal", number),
            Status::NotStarted(number) => ("errno", number),
        };
        self.signed_field(name, number);
        self.number_field("duration_ns", end.duration_ns);
        if let Some(hint) = &end.hint {
            self.text_field("hint", hint);
        }
    }

    fn run_refused(&mut self, refused: &RunRefused) {
        self.user(&refused.user);
        self.text_field("tool", &refused.tool);
        self.argv(&refused.argv);
        self.redacted_field("cwd", &refused.cwd);
        if let Some(release) = &refused.release {
            self.text_field("release", release);
        }
        self.signed_field("exit", i32::from(refused.exit));
        self.text_field("code", &refused.code);
        self.redacted_field("what", &refused.what);
    }

    fn install_started(&mut self, started: &InstallStarted) {
        self.user(&started.user);
        self.text_field("release", &started.release);
        self.redacted_field("source", &started.source);
    }

    fn installed(&mut self, installed: &Installed) {
        self.text_field("release", &installed.release);
        self.proof(
            Some(&installed.h1),
            &installed.evidence,
            installed.sumdb.as_ref(),
        );
        self.words("unmet", &installed.unmet);
        self.redacted_field("source", &installed.source);
        self.archive(installed.archive.as_ref());
    }

    fn refused(&mut self, refused: &Refused) {
        self.text_field("release", &refused.release);
        self.proof(refused.h1.as_ref(), &[], None);
        self.redacted_field("source", &refused.source);
        self.archive(refused.archive.as_ref());
        self.text_field("code", &refused.code);
        self.redacted_field("reason", &refused.reason);
    }

    fn failed(&mut self, failed: &Failed) {
        self.text_field("release", &failed.release);
        self.redacted_field("source", &failed.source);
        self.text_field("code", &failed.code);
        self.redacted_field("reason", &failed.reason);
    }

    fn verified(&mut self, verified: &Verified) {
        self.text_field("release", &verified.release);
        self.proof(verified.h1.as_ref(), &[], None);
        self.text_field("depth", verified.depth.word());
        self.text_field("outcome", verified.outcome.word());
        self.number_field("differences", verified.differences);
    }

    fn policy(&mut self, note: &PolicyNote) {
        self.field("policy", |e| {
            e.raw(b"{");
            let from = e.out.len();
            if let Some(name) = &note.name {
                e.raw(br#""name":"#);
                e.text(name);
            }
            if let Some(serial) = note.serial {
                e.comma_after(from);
                e.raw(br#""serial":"#);
                push_u64(&mut e.out, serial);
            }
            if let Some(sha256) = note.sha256 {
                e.comma_after(from);
                e.raw(br#""sha256":"#);
                e.hex(sha256.as_bytes());
            }
            e.raw(b"}");
        });
        self.text_field("action", &note.action);
    }

    fn verb(&mut self, verb: &Verb) {
        self.user(&verb.user);
        self.text_field("verb", &verb.verb);
        self.argv(&verb.argv);
        self.text_field("outcome", verb.outcome.word());
        self.signed_field("exit", i32::from(verb.exit));
    }

    fn torn(&mut self, torn: &Torn) {
        self.number_field("offset", torn.offset);
        self.number_field("length", torn.length);
        self.digest_field("sha256", Some(&torn.sha256));
    }

    fn flag(&mut self, flag: bool) {
        self.raw(if flag { b"true" } else { b"false" });
    }

    fn signed_field(&mut self, name: &str, number: i32) {
        self.field(name, |e| {
            if number < 0 {
                e.raw(b"-");
            }
            e.digits(number.unsigned_abs());
        });
    }

    fn user(&mut self, user: &User) {
        self.field("user", |e| {
            e.raw(br#"{"uid":"#);
            e.digits(user.uid);
            if let Some(name) = &user.name {
                e.raw(br#","name":"#);
                e.text(name);
            }
            e.raw(br#","voucher":"kernel"}"#);
        });
    }

    fn argv(&mut self, argv: &Argv) {
        let length = |word: &Redacted| word.bytes.len();
        self.list("argv", &argv.words, length, Self::redacted);
        if argv.user_words > 0 {
            self.field("user_words", |e| e.digits(argv.user_words));
        }
    }

    fn pin(&mut self, pin: &PinNote) {
        self.field("pin", |e| {
            e.raw(br#"{"how":"#);
            e.text(&pin.how);
            if let Some(file) = &pin.file {
                e.raw(br#","file":"#);
                e.redacted(file);
            }
            if let Some(line) = pin.line {
                e.raw(br#","line":"#);
                e.digits(line);
            }
            e.raw(b"}");
        });
    }

    fn proof(&mut self, h1: Option<&H1>, evidence: &[String], sumdb: Option<&SumdbPosition>) {
        if let Some(h1) = h1 {
            self.text_field("h1", &h1.to_string());
        }
        self.words("evidence", evidence);
        if let Some(sumdb) = sumdb {
            self.field("sumdb", |e| {
                e.raw(br#"{"record":"#);
                push_u64(&mut e.out, sumdb.record);
                e.raw(br#","size":"#);
                push_u64(&mut e.out, sumdb.tree_size);
                e.raw(br#","root":"#);
                e.hex(sumdb.tree_root.as_bytes());
                e.raw(b"}");
            });
        }
    }

    fn archive(&mut self, archive: Option<&Archive>) {
        if let Some(archive) = archive {
            self.field("archive", |e| {
                e.raw(br#"{"sha256":"#);
                e.hex(archive.sha256.as_bytes());
                e.raw(br#","size":"#);
                push_u64(&mut e.out, archive.size);
                e.raw(b"}");
            });
        }
    }

    fn changes(&mut self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let text = |text: &Option<Redacted>| text.as_ref().map_or(0, |text| text.bytes.len());
        let length = |change: &Change| text(&change.offered).max(text(&change.value));
        self.list("environment", changes, length, Self::change);
        self.once(INLINE);
    }

    fn change(&mut self, change: &Change) {
        self.raw(br#"{"name":"#);
        self.text(&change.name);
        self.raw(br#","action":""#);
        self.raw(change.action.word().as_bytes());
        self.raw(b"\"");
        for (name, value) in [("offered", &change.offered), ("value", &change.value)] {
            if let Some(value) = value {
                self.raw(b",\"");
                self.raw(name.as_bytes());
                self.raw(b"\":");
                self.redacted(value);
            }
        }
        self.raw(b"}");
    }

    fn claims(&mut self, claims: &[Claim]) {
        if claims.is_empty() {
            return;
        }
        let length = |claim: &Claim| claim.value.bytes.len();
        self.list("ci", claims, length, |e, claim| {
            e.raw(br#"{"name":"#);
            e.text(&claim.name);
            e.raw(br#","value":"#);
            e.redacted(&claim.value);
            e.raw(br#","voucher":"claimed"}"#);
        });
        self.once(INLINE);
    }
}
