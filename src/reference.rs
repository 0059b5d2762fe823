//! The reference pages, made from the code that they describe. A test holds the files fresh.

use std::fmt::Write as _;

use goseal_core::exit::Exit;
use goseal_core::settings;

/// A variable of the environment that goseal itself reads.
struct Variable {
    name: &'static str,
    meaning: &'static str,
    since: &'static str,
}

const VARIABLES: [Variable; 11] = [
    Variable {
        name: "GOSEAL_HOME",
        meaning: "an absolute folder that holds everything; without it the platform's own places. \
                  The shim ignores it: the file `home` beside the shim names the places",
        since: "0.1",
    },
    Variable {
        name: "GOSEAL_PARENT",
        meaning: "set by the shim for what Go starts: the start record of the run around it. \
                  Believed only where that record names a living ancestor",
        since: "0.1",
    },
    Variable {
        name: "GOPROXY",
        meaning: "the module proxies, as Go reads it; before the user's Go file and `go.env`",
        since: "0.1",
    },
    Variable {
        name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        meaning: "how the network is reached, also in lower case",
        since: "0.1",
    },
    Variable {
        name: "SSL_CERT_FILE, SSL_CERT_DIR",
        meaning: "certificates that are trusted on top of the system's",
        since: "0.1",
    },
    Variable {
        name: "NETRC, HOME",
        meaning: "where passwords for hosts are found; without NETRC it is `.netrc` in the home \
                  folder",
        since: "0.1",
    },
    Variable {
        name: "NO_COLOR",
        meaning: "no colours, when not empty. No variable forces them where there is no terminal",
        since: "0.1",
    },
    Variable {
        name: "TERM",
        meaning: "no colours, when it is `dumb`",
        since: "0.1",
    },
    Variable {
        name: "CI",
        meaning: "plain lines instead of bars for progress, when not empty",
        since: "0.1",
    },
    Variable {
        name: "SHELL, HOME",
        meaning: "which profile `goseal init` offers to change",
        since: "0.1",
    },
    Variable {
        name: "PATH, PWD",
        meaning: "where Go's own configuration is found, and how the working folder is called",
        since: "0.1",
    },
];

/// A generated page: its path in the repository and its text.
#[derive(Debug)]
pub struct Page {
    /// Relative to the root of the repository.
    pub path: &'static str,
    /// Markdown.
    pub text: String,
}

/// All generated pages.
pub fn pages() -> Vec<Page> {
    vec![
        Page {
            path: "docs/reference/commands.md",
            text: commands(),
        },
        Page {
            path: "docs/reference/exit-codes.md",
            text: exit_codes(),
        },
        Page {
            path: "docs/reference/environment.md",
            text: environment(),
        },
        Page {
            path: "docs/reference/settings.md",
            text: settings_page(),
        },
    ]
}

const MADE: &str = "<!-- Made from the code by `just docs`; a test holds it fresh. -->\n\n";

fn commands() -> String {
    let mut text = format!("# Commands\n\n{MADE}");
    let mut root = crate::command();
    root.build();
    page_of(&root, "goseal", &mut text);
    text
}

fn page_of(command: &clap::Command, name: &str, text: &mut String) {
    if command.is_hide_set() {
        return;
    }
    let help = command
        .clone()
        .bin_name(name)
        .term_width(96)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = help.join("\n");
    writeln!(text, "## `{name}`\n\n```text\n{}\n```\n", help.trim_end()).ok();
    for inner in command.get_subcommands() {
        page_of(inner, &format!("{name} {}", inner.get_name()), text);
    }
}

fn exit_codes() -> String {
    let mut text = format!("# Exit codes\n\n{MADE}| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        writeln!(text, "| {} | {} |", exit.code(), exit.meaning()).ok();
    }
    text.push_str(
        "| any other | the tool's own status, passed through untouched; a signal is re-raised |\n",
    );
    text
}

fn environment() -> String {
    let mut text = format!(
        "# Environment variables\n\n{MADE}What goseal reads itself. What it does to Go's own \
         variables is in [settings](settings.md).\n\n| variable | meaning | since |\n|---|---|---|\n"
    );
    for Variable {
        name,
        meaning,
        since,
    } in VARIABLES
    {
        writeln!(text, "| {name} | {meaning} | {since} |").ok();
    }
    text
}

fn settings_page() -> String {
    let mut text = format!(
        "# Settings\n\n{MADE}Every variable that Go, its tools, git and the C compiler read in a \
         build, and what a run through goseal does with it. *forced*: goseal's value, whatever was \
         offered. *chosen*: by the project, inside what it may choose. *carried*: from the user's \
         own Go settings. *stripped*: removed and recorded. *free*: passed on.\n\n\
         Names that are not in the table: `GO` and capitals or digits without an underscore, \
         `GO_*`, `GOTOOLCHAIN_*`, `CGO_*` and `GIT_*` are stripped; all others are free.\n\n\
         | variable | class | why | source |\n|---|---|---|---|\n"
    );
    for setting in settings::rows() {
        let (name, class) = (setting.name, setting.class.word());
        writeln!(
            text,
            "| {name} | {class} | {} | {} |",
            setting.reason, setting.source
        )
        .ok();
    }
    text
}
