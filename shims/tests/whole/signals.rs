//! Signals: survived, passed on once, stopped and continued together.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::world::{World, skipped};

/// Starts `go`, waits until its child says that it is ready.
fn ready(mut command: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (child, out)
}

/// A program with the signals as a terminal's shell would start it, whoever runs the tests: a job in
/// the background of a script has SIGINT and SIGQUIT ignored, and a group without a parent in its
/// session cannot be stopped from within.
fn by_itself(world: &World, program: &Path) -> Command {
    if !ignores_signals() {
        let mut command = world.command(program);
        command.process_group(0);
        return command;
    }
    let mut command = world.command("env".as_ref());
    command
        .arg("--default-signal=INT,QUIT,HUP,TERM,TSTP")
        .arg(program);
    command.process_group(0);
    command
}

/// `go` with the signals of a terminal's shell.
pub(crate) fn go(world: &World) -> Command {
    by_itself(world, &world.layout.shims().join("go"))
}

/// Whether this process was started with HUP, INT or QUIT ignored, where the system says so.
fn ignores_signals() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| {
        let mask = line.strip_prefix("SigIgn:")?.trim();
        u64::from_str_radix(mask, 16).ok()
    });
    ignored.is_some_and(|mask| mask & 0b111 != 0)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

const COUNT: &str = "n=0\n\
    trap 'n=$((n+1))' TERM INT HUP USR1\n\
    trap 'exit $n' USR2\n\
    echo ready\n\
    while :; do sleep 0.01; done\n";

#[test]
fn a_signal_to_the_shim_alone_reaches_the_child_once() {
    let world = World::new();
    world.body(COUNT);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1] {
        let (mut child, _out) = ready(go(&world));
        kill_process(pid(&child), signal).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        kill_process(pid(&child), Signal::USR2).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{signal:?}");
    }
}

#[test]
fn term_to_the_shim_ends_the_child_and_is_recorded() {
    let world = World::new();
    world.body("echo ready; exec sleep 60");
    let (mut child, mut out) = ready(go(&world));
    kill_process(pid(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(15)
    );
    // The pipe closes when the last holder is gone: the child is no more.
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).unwrap();
    assert_eq!(world.records().len(), 2);
}

#[test]
fn what_was_ignored_on_entry_stays_ignored_in_shim_and_child() {
    let world = World::new();
    world.body("kill -HUP $PPID; kill -HUP $$; kill -INT $PPID; kill -INT $$; sleep 0.05; exit 7");
    let shim = world.layout.shims().join("go");
    let status = world
        .command("/bin/sh".as_ref())
        .args(["-c", "trap '' HUP INT; exec \"$0\" version"])
        .arg(&shim)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
}

#[test]
fn a_broken_pipe_ends_the_child_as_it_would_without_the_shim() {
    let world = World::new();
    world.body("while :; do echo line || exit 8; done");
    let mut child = world.go().stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(13)
    );
}

#[test]
fn the_childs_stop_stops_the_shim_and_they_go_on_together() {
    let world = World::new();
    for (name, signal) in [("STOP", 19), ("TSTP", 20)] {
        world.body(&format!("echo ready; kill -{name} $$; exit 3"));
        let (child, _out) = ready(go(&world));
        let begun = Instant::now();
        let stopped = loop {
            let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
            if let Some((_, status)) = waitpid(Some(pid(&child)), options).unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "never stopped");
            std::thread::sleep(Duration::from_millis(2));
        };
        assert_eq!(stopped.stopping_signal(), Some(signal));
        // The shim alone is continued: it continues the child.
        kill_process(pid(&child), Signal::CONT).unwrap();
        let mut child = child;
        assert_eq!(child.wait().unwrap().code(), Some(3));
    }
}

/// `script` gives the shim a terminal of its own, whose Ctrl-C goes to the whole group.
#[test]
fn an_interrupt_of_the_terminal_is_not_sent_twice() {
    let world = World::new();
    world.body(&COUNT.replace(
        "trap 'exit $n' USR2",
        "trap 'sleep 0.2; echo count $n; exit 0' QUIT",
    ));
    let shim = format!("exec '{}'", world.layout.shims().join("go").display());
    let spawned = by_itself(&world, "script".as_ref())
        .args(["-qec", &shim, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        let test = "signals::an_interrupt_of_the_terminal_is_not_sent_twice";
        return skipped(test, "there is no program `script`");
    };
    let mut input = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("ready") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
    }
    input.write_all(b"\x03").unwrap();
    std::thread::sleep(Duration::from_millis(150));
    input.write_all(b"\x1c").unwrap();
    while !text.contains("count") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
    }
    assert!(text.contains("count 1"), "{text}");
    child.wait().unwrap();
}
