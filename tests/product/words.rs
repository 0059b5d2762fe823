//! What people read: wrong files by line, candidates, words of neighbours, colours, closed pipes.

use std::path::Path;

use goseal_lab::sandbox::{Outcome, Run, product_binary};
use goseal_lab::{Release, Sandbox, World, skipped};

fn goseal(sandbox: &Sandbox, words: &[&str]) -> Run {
    sandbox.command(product_binary("goseal-lab")).args(words)
}

/// Code and stderr of `goseal current` in a project with these files.
fn current_with(files: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::new();
    for (name, text) in files {
        sandbox.file(&format!("project/{name}"), text);
    }
    let outcome = goseal(&sandbox, &["current"]).run();
    let text = sandbox.redact(&outcome.stderr);
    format!(
        "{}| {}",
        outcome.code.unwrap_or(-1),
        text.replace('\n', "\n   ")
    )
    .trim_end()
    .to_owned()
}

#[test]
fn a_wrong_file_is_shown_at_its_line() {
    let pin = (".go-version", "1.22.5\n");
    let project = |text| current_with(&[pin, ("goseal.toml", text)]);
    let lock = |text| current_with(&[pin, ("goseal.lock", text)]);
    let all = [
        project("cgoo = true\n"),
        project("nothing = 1\n"),
        project("toolexec = \"./x\"\n"),
        project("cgo = \"yes\"\n"),
        project("mod = \"mod\"\n"),
        project("sources = [\"https://u:p@a.example\"]\n"),
        project("cgo = true\ncgo = false\n"),
        project("cgo = \n"),
        lock("version = 2\n"),
        lock(""),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    3| error: [ROOT]/project/goseal.toml:1:1: unknown key `cgoo`, the nearest known key is `cgo`
         1 | cgoo = true
           | ^^^^
       hint: write `cgo`, or remove it
    3| error: [ROOT]/project/goseal.toml:1:1: unknown key `nothing`
         1 | nothing = 1
           | ^^^^^^^
       hint: remove it
    3| error: [ROOT]/project/goseal.toml:1:1: unknown key `toolexec`: it names a program, which no project may
         1 | toolexec = "./x"
           | ^^^^^^^^
       hint: remove it
    3| error: [ROOT]/project/goseal.toml:1:7: `cgo` must be true or false, found a text
         1 | cgo = "yes"
           |       ^^^^^
    3| error: [ROOT]/project/goseal.toml:1:7: `mod` must be `readonly` or `vendor`, found `mod`
         1 | mod = "mod"
           |       ^^^^^
    3| error: [ROOT]/project/goseal.toml:1:12: `sources` holds an address with user information
         1 | sources = ["https://***@a.example"]
           |            ^^^^^^^^^^^^^^^^^^^^^^^
       hint: remove the user and the password from the address
    3| error: [ROOT]/project/goseal.toml:2:1: not TOML: duplicate key
         2 | cgo = false
           | ^^^
    3| error: [ROOT]/project/goseal.toml:1:7: not TOML: string values must be quoted, expected literal string
         1 | cgo =
           |       ^
    3| error: [ROOT]/project/goseal.lock:1:11: version 2 of the format, this build reads version 1
         1 | version = 2
           |           ^
       hint: use the goseal that wrote it, or a later one
    3| error: [ROOT]/project/goseal.lock:1:1: `version` is missing
         1 | 
           | ^
    "#);
}

#[test]
fn a_wrong_pin_is_shown_with_the_act_that_mends_it() {
    let pin = |text| current_with(&[(".go-version", text)]);
    let all = ["", "../../x\n", "latest\n", "1.22\n", "1.22.5\n1.22.6\n"].map(pin);
    insta::assert_snapshot!(all.join("\n"), @r"
    3| error: [ROOT]/project/.go-version: no version in it
       hint: `goseal pin latest` writes one exact release into it, such as 1.22.5
    3| error: [ROOT]/project/.go-version: line 1: `../../x` is not a Go version
       hint: `goseal pin latest` writes one exact release into it, such as 1.22.5
    3| error: [ROOT]/project/.go-version: line 1: `latest` is not one exact release
       hint: `goseal pin latest` writes one exact release into it, such as 1.22.5
    3| error: [ROOT]/project/.go-version: line 1: `1.22` is a line of releases, not one exact release
       hint: `goseal pin 1.22` writes the newest release of that line into it
    3| error: [ROOT]/project/.go-version: line 2 names a second version, after line 1
       hint: `goseal pin latest` writes one exact release into it, such as 1.22.5
    ");
}

#[test]
fn a_line_of_releases_lists_the_installed_ones_and_is_mended_where_it_lies() {
    let world = World::start([Release::here("1.22.4"), Release::here("1.22.5")]);
    let sandbox = Sandbox::with_world(&world);
    let _ = goseal(&sandbox, &["install", "1.22.4", "1.22.5"])
        .run()
        .expect_code(0);
    sandbox.file("project/.go-version", "1.22 # the old line\n");
    sandbox.file("project/deep/x.go", "package x\n");
    let deep = sandbox.project().join("deep");

    let refused = goseal(&sandbox, &["install"])
        .cwd(&deep)
        .run()
        .expect_code(3);
    insta::assert_snapshot!(sandbox.redact(&refused.stderr), @r"
    error: [ROOT]/project/.go-version: line 1: `1.22` is a line of releases, not one exact release
      installed: 1.22.4, 1.22.5; `goseal list --remote` shows all
    hint: `goseal pin 1.22` writes the newest release of that line into it
    ");
    let refused = goseal(&sandbox, &["verify", "1.22"]).run().expect_code(2);
    insta::assert_snapshot!(sandbox.redact(&refused.stderr), @r"
    error: `1.22` is a line of releases, not one exact release
      installed: 1.22.4, 1.22.5; `goseal list --remote` shows all
    hint: name one of them, such as 1.22.5
    ");

    let _ = goseal(&sandbox, &["pin", "1.22"])
        .cwd(&deep)
        .run()
        .expect_code(0);
    assert_eq!(
        sandbox.read("project/.go-version"),
        "1.22.5 # the old line\n"
    );
    assert!(!deep.join(".go-version").exists());
}

#[test]
fn words_of_other_managers_lead_to_ours() {
    let sandbox = Sandbox::new();
    let said = |words: &[&str]| goseal(&sandbox, words).run().expect_code(2).stderr;
    let all = [
        said(&["use", "1.22.5"]),
        said(&["local", "1.22.5"]),
        said(&["global", "latest"]),
        said(&["shell", "1.22.5"]),
        said(&["instal"]),
    ];
    insta::assert_snapshot!(all.concat(), @r"
    error: goseal has no verb `use`
    hint: `goseal pin 1.22.5` pins the release of this project
    error: goseal has no verb `local`
    hint: `goseal pin 1.22.5` pins the release of this project
    error: goseal has no verb `global`
    hint: `goseal default latest` sets the release for places without a pin
    error: goseal has no verb `shell`
    hint: `goseal exec --go 1.22.5 -- CMD` runs one command with it
    error: unrecognized subcommand 'instal'

      tip: some similar subcommands exist: 'init', 'list', 'uninstall', 'install'

    Usage: goseal-lab <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn exec_speaks_as_the_shim_does_and_its_refusals_are_on_record() {
    let sandbox = Sandbox::new();
    sandbox.file("project/.go-version", "1.22.5\n");
    let words = ["exec", "--", "go", "build", "-secret"];
    let refused = goseal(&sandbox, &words).run().expect_code(127);
    for line in refused.stderr.lines() {
        assert!(line.starts_with("goseal: "), "{line}");
    }
    let shown = goseal(&sandbox, &["audit", "show", "--format", "json"]).run();
    let log = shown.expect_code(0).stdout;
    assert!(log.contains("\"run_refused\""), "{log}");
    assert!(log.contains("\"not-installed\""), "{log}");
    // Words after the command are meant for it and are a count only.
    assert!(!log.contains("-secret"), "{log}");
}

#[test]
fn help_fits_a_screen_and_shows_examples() {
    let sandbox = Sandbox::new();
    let verbs = [
        "init",
        "default",
        "pin",
        "lock",
        "install",
        "uninstall",
        "list",
        "outdated",
        "prune",
        "current",
        "which",
        "exec",
        "env",
        "explain",
        "verify",
        "rebuild",
        "mirror",
        "bundle",
        "audit",
        "self",
    ];
    let help = |words: &[&str]| {
        let run = goseal(&sandbox, words).env("COLUMNS", "80");
        run.run().expect_code(0).stdout
    };
    for verb in verbs {
        let text = help(&[verb, "-h"]);
        assert!(text.lines().count() <= 24, "{text}");
    }
    // A verb is one line.
    let whole = help(&["-h"]);
    assert!(whole.lines().count() <= verbs.len() + 9, "{whole}");
    for words in [
        &["install"][..],
        &["pin"],
        &["lock"],
        &["outdated"],
        &["prune"],
        &["exec"],
        &["audit", "show"],
    ] {
        let text = help(&[words, &["-h"]].concat());
        assert!(text.contains("\nExamples:\n  goseal "), "{text}");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let sandbox = Sandbox::new();
    for words in ["--help", "init --print --shell sh", "list --format json"] {
        // The reader is gone before the first byte.
        let script = format!("{{ sleep 0.2; \"$GOSEAL\" {words}; echo \"code $?\" >&2; }} | :");
        let shell = sandbox.command("/bin/sh").args(["-c", &script]);
        let outcome = shell
            .env("GOSEAL", product_binary("goseal-lab"))
            .env("PATH", "/usr/bin:/bin")
            .run();
        assert_eq!(outcome.stderr, "code 0\n", "{words}");
    }
}

const ESCAPE: char = '\u{1b}';

/// Runs `goseal` on a terminal of its own, where the system has `script`.
fn on_a_terminal(sandbox: &Sandbox, words: &str, variables: &[(&str, &str)]) -> Option<Outcome> {
    let script = Path::new("/usr/bin/script");
    if !cfg!(target_os = "linux") || !script.is_file() {
        let test = "words::colours_are_for_terminals_and_no_color_is_obeyed";
        skipped(test, &format!("{} is not there", script.display()));
        return None;
    }
    let program = product_binary("goseal-lab");
    let line = format!("{} {words}", program.display());
    let run = sandbox
        .command(script)
        .args(["-q", "-e", "-c", &line, "/dev/null"])
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env_remove("NO_COLOR");
    let run = variables
        .iter()
        .fold(run, |run, (name, value)| run.env(name, value));
    Some(run.run())
}

#[test]
fn colours_are_for_terminals_and_no_color_is_obeyed() {
    let sandbox = Sandbox::new();
    for words in ["current", "nonsense", "--help"] {
        let colours = |variables: &[(&str, &str)]| {
            let outcome = on_a_terminal(&sandbox, words, variables);
            outcome.map(|outcome| outcome.stdout.contains(ESCAPE))
        };
        assert_ne!(colours(&[]), Some(false), "{words}");
        assert_ne!(colours(&[("NO_COLOR", "1")]), Some(true), "{words}");
        assert_ne!(colours(&[("TERM", "dumb")]), Some(true), "{words}");
    }
}

#[test]
fn no_variable_forces_colours_into_a_pipe() {
    let sandbox = Sandbox::new();
    for words in ["current", "nonsense", "--help"] {
        let run = goseal(&sandbox, &[words]).env_remove("NO_COLOR");
        let outcome = run.env("CLICOLOR_FORCE", "1").env("CLICOLOR", "1").run();
        let text = outcome.stdout + &outcome.stderr;
        assert!(!text.contains(ESCAPE), "{text}");
    }
}
