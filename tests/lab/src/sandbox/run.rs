//! One program in a sandbox: prepared, running, ended.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::{Sandbox, redact};

/// How long a program may run where nothing else is said.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// How long a program's pipes may stay open after its end, because something that it started
/// holds them.
const PIPE_LIMIT: Duration = Duration::from_secs(5);

/// How long a program's file may be held open for writing by somebody else.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

type Redactions = Vec<(String, &'static str)>;

/// A program that is prepared.
#[derive(Debug)]
#[must_use = "nothing runs before `run` or `start`"]
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
    limit: Duration,
    redactions: Redactions,
}

impl Run {
    pub(super) fn new(sandbox: &Sandbox, program: &Path) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&sandbox.vars)
            .current_dir(sandbox.project());
        Self {
            command,
            stdin: Vec::new(),
            limit: TIME_LIMIT,
            redactions: sandbox.redactions.clone(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the working directory, and `PWD` to it as a shell does. Without this it is the project,
    /// and `PWD` is not set.
    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(&folder);
        self.command.env("PWD", folder.as_ref());
        self
    }

    /// What the program reads; nothing where this is not called.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// How long it may run; a minute where this is not called.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// Where it cannot be started or does not end in time.
    pub fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    pub fn start(mut self) -> Running {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let program = PathBuf::from(self.command.get_program());
        let mut child = spawn(&mut self.command)
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        if let Some(mut pipe) = child.stdin.take() {
            let bytes = std::mem::take(&mut self.stdin);
            // A program that does not read its input is not an error; the thread ends with the pipe.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        Running {
            stdout: read_all(child.stdout.take()),
            stderr: read_all(child.stderr.take()),
            child,
            program: program.into(),
            limit: self.limit,
            redactions: self.redactions,
        }
    }
}

/// Starts a program that may just have been written: for a moment a child of another thread may
/// hold the open file, and the system then says that it is busy.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let started = Instant::now();
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy
                    && started.elapsed() < BUSY_LIMIT =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// A program that runs. It is killed when this is dropped.
#[derive(Debug)]
#[must_use = "the program is killed when this is dropped"]
pub struct Running {
    child: Child,
    program: OsString,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    limit: Duration,
    redactions: Redactions,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (`SIGKILL`); no error where it has ended already. [`Running::wait`] comes after.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits for its end and for the end of its output.
    ///
    /// # Panics
    ///
    /// Where it does not end in time, and where a process that it started still holds its output
    /// five seconds after its end.
    pub fn wait(mut self) -> Outcome {
        let started = Instant::now();
        let status = loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                break Some(status);
            }
            if started.elapsed() > self.limit {
                let _ = self.child.kill();
                break None;
            }
            thread::sleep(Duration::from_millis(2));
        };
        let text = |pipe: &Receiver<Vec<u8>>| {
            let bytes = pipe.recv_timeout(PIPE_LIMIT).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        let name = self.program.display();
        let status = status.unwrap_or_else(|| {
            panic!(
                "{name} was killed after {:?}\n--- stdout\n{}\n--- stderr\n{}",
                self.limit,
                stdout.as_deref().unwrap_or_default(),
                stderr.as_deref().unwrap_or_default()
            )
        });
        Outcome {
            code: status.code(),
            signal: signal_of(status),
            stdout: stdout.unwrap_or_else(|| panic!("something still holds the stdout of {name}")),
            stderr: stderr.unwrap_or_else(|| panic!("something still holds the stderr of {name}")),
            redactions: std::mem::take(&mut self.redactions),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal()
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

/// How a program ended and what it wrote; bytes that are no UTF-8 are replaced.
#[derive(Debug)]
#[must_use = "look at how the program ended"]
pub struct Outcome {
    /// Its exit status; none where a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    redactions: Redactions,
}

impl Outcome {
    /// Asserts the exit status; the message shows all that was written.
    ///
    /// # Panics
    ///
    /// Where it is another one.
    pub fn expect_code(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "expected exit code {code}\n{}",
            self.snapshot()
        );
        self
    }

    /// Exit status, output and errors as one text for snapshots, with the root as `[ROOT]` and the
    /// world as `[WORLD]`.
    pub fn snapshot(&self) -> String {
        let mut text = String::new();
        match (self.code, self.signal) {
            (Some(code), _) => text = format!("exit: {code}\n"),
            (None, signal) => {
                let _ = writeln!(text, "signal: {}", signal.unwrap_or_default());
            }
        }
        for (name, part) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let _ = writeln!(text, "--- {name}");
            text.push_str(part);
            if !part.is_empty() && !part.ends_with('\n') {
                text.push_str("[no line feed]\n");
            }
        }
        redact(&self.redactions, &text)
    }
}
