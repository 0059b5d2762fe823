//! The child and its signals on systems of the Unix kind; the one place with unsafe code.
//!
//! One thread waits. A handler that a signal reaches either passes it on to the child or does
//! nothing: `waitid` is restarted by the kernel, so the wait has no races with signals.

#![expect(
    unsafe_code,
    reason = "signal dispositions, posix_spawn and the entry point have no safe form in std or rustix"
)]

#[cfg(not(test))]
use std::ffi::{CStr, OsStr, c_char};
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, WaitIdStatus};

use super::words::Words;
use super::{Ended, Program};

/// Caught unless ignored on entry, so that the shim outlives the child. All are passed on; the last
/// stops a process, and the shim stops when the child does. Every signal caught costs a system call
/// here and two in the child.
const CAUGHT: [c_int; 7] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGTSTP,
];

/// The child while it can be signalled, else 0. It is cleared before the child is reaped, so that
/// its number cannot have gone to another process.
static CHILD: AtomicI32 = AtomicI32::new(0);

/// The last signal that arrived while there was no child, else 0.
static EARLY: AtomicI32 = AtomicI32::new(0);

/// Signals that are caught, one bit each.
static CATCHING: AtomicU32 = AtomicU32::new(0);

/// Runs in signal context: atomics and one raw system call, nothing that allocates or sets errno.
extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let child = CHILD.load(Ordering::SeqCst);
    if child == 0 {
        EARLY.store(signal, Ordering::SeqCst);
        return;
    }
    // SAFETY: the handler is installed with SA_SIGINFO, so the kernel hands a valid siginfo_t.
    let code = unsafe { (*info).si_code };
    // sigaction(2): codes up to 0 are signals that a process sent (SI_USER 0, SI_QUEUE -1,
    // SI_TKILL -6). The kernel's own, the terminal's among them, are positive and went to the
    // whole group already.
    if code <= 0 {
        send(child, signal);
    }
}

fn send(pid: i32, signal: c_int) {
    if let (Some(pid), Some(signal)) = (Pid::from_raw(pid), Signal::from_named_raw(signal)) {
        // A child that is gone needs no signal.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

const fn bit(signal: c_int) -> u32 {
    1 << (signal & 31)
}

/// The shim's dispositions while a child runs.
pub(crate) struct Signals {
    /// SIGPIPE was at its default on entry, so the child gets it so.
    pipe_was_default: bool,
    /// The same of SIGXFSZ.
    size_was_default: bool,
}

impl Signals {
    /// Catches what must not kill the shim. What was ignored on entry (nohup, background jobs of
    /// sh) stays ignored, here and in the child.
    pub(crate) fn catch() -> Self {
        let mut catching = 0;
        for signal in CAUGHT {
            if install(signal) == libc::SIG_IGN {
                set(signal, libc::SIG_IGN, 0);
                // It came in between and would have been ignored.
                let _ = EARLY.compare_exchange(signal, 0, Ordering::SeqCst, Ordering::SeqCst);
            } else {
                catching |= bit(signal);
            }
        }
        CATCHING.store(catching, Ordering::SeqCst);
        // Ignored, the kernel would throw the child's status away.
        set(libc::SIGCHLD, libc::SIG_DFL, 0);
        // A closed stderr must not kill the shim between child and end record.
        let pipe_was_default = set(libc::SIGPIPE, libc::SIG_IGN, 0) == libc::SIG_DFL;
        Self {
            pipe_was_default,
            size_was_default: fail_at_size_limit(),
        }
    }

    /// A signal that came before there was a child.
    pub(crate) fn early() -> Option<i32> {
        match EARLY.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// Starts the program in this process group with this process's descriptors, working
    /// directory, and signal dispositions and mask as they were on entry.
    ///
    /// # Errors
    ///
    /// What the system says about the executable; `InvalidInput` for a NUL in a word.
    pub(crate) fn spawn(&self, program: &Program<'_>) -> io::Result<Running> {
        let mut path = Words::new(1);
        path.push([program.path.as_os_str().as_bytes(), b"", b""])?;
        let mut argv = Words::new(program.argv.len() + 1);
        argv.push([program.name.as_bytes(), b"", b""])?;
        for word in program.argv {
            argv.push([word.as_bytes(), b"", b""])?;
        }
        let mut environment = Words::new(program.environment.len());
        for (name, value) in program.environment {
            environment.push([name.as_bytes(), b"=", value.as_bytes()])?;
        }
        let mask = block_all();
        let spawned = self.posix_spawn(&path, &argv, &environment, &mask);
        if let Ok(pid) = spawned {
            // Before the mask is lifted: a signal that waits reaches the child.
            CHILD.store(pid, Ordering::SeqCst);
        }
        restore(&mask);
        spawned.map(|pid| Running { pid })
    }

    fn posix_spawn(
        &self,
        path: &Words,
        argv: &Words,
        environment: &Words,
        mask: &libc::sigset_t,
    ) -> io::Result<i32> {
        let mut attributes = MaybeUninit::<libc::posix_spawnattr_t>::uninit();
        let mut defaults = MaybeUninit::<libc::sigset_t>::uninit();
        let mut pid = 0;
        let paths = path.pointers();
        let path = paths.first().copied().unwrap_or(ptr::null_mut());
        // SAFETY: attributes and set are initialised before they are read and destroyed once; the
        // vectors end with a null pointer and live, with their text, until the call returns.
        let failed = unsafe {
            libc::sigemptyset(defaults.as_mut_ptr());
            if self.pipe_was_default {
                libc::sigaddset(defaults.as_mut_ptr(), libc::SIGPIPE);
            }
            if self.size_was_default {
                libc::sigaddset(defaults.as_mut_ptr(), libc::SIGXFSZ);
            }
            let flags = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
            libc::posix_spawnattr_init(attributes.as_mut_ptr());
            libc::posix_spawnattr_setflags(
                attributes.as_mut_ptr(),
                flags.try_into().unwrap_or_default(),
            );
            libc::posix_spawnattr_setsigmask(attributes.as_mut_ptr(), mask);
            libc::posix_spawnattr_setsigdefault(attributes.as_mut_ptr(), defaults.as_ptr());
            let failed = libc::posix_spawn(
                &raw mut pid,
                path,
                ptr::null(),
                attributes.as_ptr(),
                argv.pointers().as_ptr(),
                environment.pointers().as_ptr(),
            );
            libc::posix_spawnattr_destroy(attributes.as_mut_ptr());
            failed
        };
        match failed {
            0 => Ok(pid),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// A running child.
pub(crate) struct Running {
    pid: i32,
}

impl Running {
    /// Waits until the child has ended, stopping and continuing with it.
    ///
    /// # Errors
    ///
    /// What the system says where the child cannot be waited for.
    pub(crate) fn wait(&self) -> io::Result<Ended> {
        loop {
            let look = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
            let Some(status) = self.waitid(look)? else {
                continue;
            };
            if status.stopped() {
                self.follow_stop()?;
                continue;
            }
            CHILD.store(0, Ordering::SeqCst);
            self.waitid(WaitIdOptions::EXITED)?;
            return Ok(match status.exit_status() {
                Some(code) => Ended::Exit(code),
                None => Ended::Signal(status.terminating_signal().unwrap_or(libc::SIGKILL)),
            });
        }
    }

    fn waitid(&self, options: WaitIdOptions) -> io::Result<Option<WaitIdStatus>> {
        let pid = Pid::from_raw(self.pid).ok_or(io::ErrorKind::InvalidInput)?;
        loop {
            match rustix::process::waitid(WaitId::Pid(pid), options) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }

    /// The child has stopped: so does the shim, and they go on together.
    fn follow_stop(&self) -> io::Result<()> {
        // After `fg` the group is continued one process after the other: a stop that is over
        // within this time was seen too late.
        std::thread::sleep(Duration::from_millis(1));
        let now = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        let Some(signal) = self
            .waitid(now)?
            .and_then(|status| status.stopping_signal())
        else {
            return Ok(());
        };
        if CATCHING.load(Ordering::SeqCst) & bit(signal) == 0 {
            send_self(libc::SIGSTOP);
        } else {
            set(signal, libc::SIG_DFL, 0);
            send_self(signal);
            install(signal);
        }
        let continued = WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
        if self.waitid(continued)?.is_none() {
            send(self.pid, libc::SIGCONT);
        }
        Ok(())
    }
}

fn send_self(signal: c_int) {
    send(rustix::process::getpid().as_raw_nonzero().get(), signal);
}

/// Ends this process by the signal that ended the child, without a core file of its own. Returns
/// only where the signal does not end a process; then with the code a shell gives it.
pub(crate) fn die_by(signal: i32) -> i32 {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(Resource::Core, none);
    if signal != libc::SIGKILL {
        set(signal, libc::SIG_DFL, 0);
    }
    restore(&empty_mask());
    send_self(signal);
    128 + signal
}

/// A log that outgrows the limit of file sizes fails to be written, instead of ending the shim
/// without a word. Says whether the signal was at its default before.
pub(crate) fn fail_at_size_limit() -> bool {
    set(libc::SIGXFSZ, libc::SIG_IGN, 0) == libc::SIG_DFL
}

/// Catches a signal; what was done with it before.
fn install(signal: c_int) -> libc::sighandler_t {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_signal;
    set(
        signal,
        handler as libc::sighandler_t,
        libc::SA_SIGINFO | libc::SA_RESTART,
    )
}

/// Sets what is done with a signal; what was done with it before.
fn set(signal: c_int, handler: libc::sighandler_t, flags: c_int) -> libc::sighandler_t {
    // SAFETY: a zeroed sigaction is valid (no flags, empty mask, default handler); the handler is
    // SIG_DFL, SIG_IGN or `on_signal`, which matches SA_SIGINFO; the kernel fills `old`.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, &raw const action, &raw mut old);
        old.sa_sigaction
    }
}

/// Blocks every signal; the mask that was in force.
fn block_all() -> libc::sigset_t {
    let mut all = empty_mask();
    let mut before = empty_mask();
    // SAFETY: both sets are initialised.
    unsafe {
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
    }
    before
}

fn restore(mask: &libc::sigset_t) {
    // SAFETY: the set is initialised.
    unsafe {
        libc::sigprocmask(libc::SIG_SETMASK, mask, ptr::null_mut());
    }
}

fn empty_mask() -> libc::sigset_t {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set.
    unsafe {
        libc::sigemptyset(mask.as_mut_ptr());
        mask.assume_init()
    }
}

/// The entry point. Not std's: that one sets SIGPIPE to ignored, which the child would have to be
/// told apart from a SIGPIPE ignored on entry, and costs seven system calls.
#[cfg(not(test))]
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, words: *const *const c_char) -> c_int {
    open_standard_streams();
    let count = usize::try_from(count).unwrap_or(0);
    let words = (0..count).map(|at| {
        // SAFETY: the C library hands `count` pointers to texts that end with NUL and live as long
        // as the process.
        let word = unsafe { CStr::from_ptr(*words.add(at)) };
        OsStr::from_bytes(word.to_bytes()).to_owned()
    });
    super::enter(words)
}

/// A closed stdin, stdout or stderr becomes /dev/null, as std and Go do it: else the log would be
/// opened as stderr.
#[cfg(not(test))]
fn open_standard_streams() {
    let closed = |fd| libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    };
    let mut streams = [closed(0), closed(1), closed(2)];
    // SAFETY: three valid pollfd; poll with no events and no timeout only looks.
    let found = unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) };
    let missing = streams
        .iter()
        .filter(|stream| stream.revents & libc::POLLNVAL != 0);
    for _ in missing.take(if found > 0 { 3 } else { 0 }) {
        // SAFETY: a constant path; the lowest free number is the closed stream's.
        unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
    }
}
