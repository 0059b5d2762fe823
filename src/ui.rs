//! The terminal: the only place that writes to stdout and stderr.
//!
//! Owns colour, progress and the rule that data goes to stdout and all else to stderr. A closed
//! pipe is success. Does not know what the words mean.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use goseal_core::progress::Progress;
use goseal_ops::Environment;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes of an answer that are read.
const ANSWER: u64 = 64;

/// How this process may write.
#[derive(Debug)]
pub(crate) struct Ui {
    /// Nobody asked for none.
    wanted: bool,
    /// On stderr.
    color: bool,
    progress: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Bars that redraw, on a terminal.
    Bars,
    /// A line when an act begins and ends, in CI.
    Lines,
    /// Nothing: stderr is a pipe of somebody's.
    Nothing,
}

impl Ui {
    /// Decides once, by what stderr is and by `NO_COLOR`, `TERM` and `CI`. No variable forces
    /// colours where nobody would see them as such.
    pub(crate) fn new(environment: &Environment) -> Self {
        let is_set = |name: &str| environment.text(name).is_some();
        let terminal = io::stderr().is_terminal();
        let progress = match (terminal, is_set("CI")) {
            (_, true) => Mode::Lines,
            (true, false) => Mode::Bars,
            (false, false) => Mode::Nothing,
        };
        let wanted = !is_set("NO_COLOR") && environment.text("TERM") != Some("dumb");
        Self {
            wanted,
            color: terminal && wanted,
            progress,
        }
    }

    /// Writes help or a mistake in the command line, `styled` where colours are wanted and seen.
    pub(crate) fn help(&self, plain: &str, styled: &str, to_stderr: bool) {
        let stdout = io::stdout();
        let terminal = if to_stderr {
            io::stderr().is_terminal()
        } else {
            stdout.is_terminal()
        };
        let text = if terminal && self.wanted {
            styled
        } else {
            plain
        };
        if to_stderr {
            write!(io::stderr().lock(), "{text}").ok();
        } else {
            self.data(text).ok();
        }
    }

    /// Writes data to stdout. A reader that went away is no error.
    ///
    /// # Errors
    ///
    /// The error of the write, for instance a full disk behind a redirection.
    #[expect(
        clippy::unused_self,
        reason = "only who was handed the terminal may write to it"
    )]
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome,
        }
    }

    /// Writes a line for people to stderr; a stderr that is gone is nobody's loss.
    #[expect(
        clippy::unused_self,
        reason = "only who was handed the terminal may write to it"
    )]
    pub(crate) fn note(&self, text: &str) {
        writeln!(io::stderr().lock(), "{text}").ok();
    }

    /// Asks a question where a person is there to answer it; every answer but `y` and `yes` is no.
    pub(crate) fn confirms(&self, question: &str) -> bool {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return false;
        }
        self.note(&format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = io::stdin().lock().take(ANSWER).read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// `label` in the colour of errors, where colours are wanted.
    pub(crate) fn red(&self, label: &str) -> String {
        self.paint("31;1", label)
    }

    /// `label` in the colour of hints, where colours are wanted.
    pub(crate) fn cyan(&self, label: &str) -> String {
        self.paint("36;1", label)
    }

    fn paint(&self, code: &str, label: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{label}\x1b[0m")
        } else {
            label.to_owned()
        }
    }

    /// A listener for one long act after another.
    pub(crate) fn progress(&self) -> Reporter {
        Reporter {
            mode: self.progress,
            act: Mutex::new(None),
        }
    }
}

/// Shows progress the way the place allows.
#[derive(Debug)]
pub(crate) struct Reporter {
    mode: Mode,
    act: Mutex<Option<Act>>,
}

#[derive(Debug)]
struct Act {
    what: String,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Progress for Reporter {
    fn begin(&self, what: &str, total: Option<u64>) {
        let bar = (self.mode == Mode::Bars).then(|| bar(what, total));
        let act = Act {
            what: what.to_owned(),
            begun: Instant::now(),
            bar,
        };
        self.replace(Some(act));
    }

    fn at(&self, done: u64) {
        if let Ok(act) = self.act.lock()
            && let Some(bar) = act.as_ref().and_then(|act| act.bar.as_ref())
        {
            bar.set_position(done);
        }
    }

    fn end(&self) {
        self.replace(None);
    }
}

impl Reporter {
    fn replace(&self, next: Option<Act>) {
        let Ok(mut act) = self.act.lock() else { return };
        let previous = std::mem::replace(&mut *act, next);
        let Some(previous) = previous else { return };
        if let Some(bar) = previous.bar {
            bar.finish_and_clear();
        }
        if self.mode == Mode::Lines {
            let seconds = previous.begun.elapsed().as_secs_f64();
            writeln!(io::stderr().lock(), "{} ({seconds:.1} s)", previous.what).ok();
        }
    }
}

fn bar(what: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}",
        None => "{msg} {spinner} {bytes}",
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(style);
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
