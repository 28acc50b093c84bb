//! Notices that the editor is gone, even while nobody reads or writes.
//!
//! On Linux without a single timed wake-up; elsewhere by looking once a second.

use std::time::Duration;

/// Why a wait was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nobody can read standard output any more.
    StdoutClosed,
    /// The process is gone.
    ProcessGone,
    /// There was nothing to wait for: no such process, or a system that cannot tell.
    Nothing,
}

/// How often to look where the system does not tell.
#[cfg(unix)]
const LOOK: Duration = Duration::from_secs(1);

/// Blocks until standard output is closed by its reader, if that is wanted, or until this process is gone.
///
/// A process that does not exist is not waited for: a client in a container, or in front of one, gives an id of
/// another world.
#[cfg(unix)]
pub fn wait(stdout_watch: bool, process: Option<u32>) -> Ending {
    use std::os::fd::AsFd;
    let stdout = std::io::stdout();
    wait_for(stdout_watch.then(|| stdout.as_fd()), process.and_then(Process::find).as_ref())
}

/// Knows of no way to notice here.
#[cfg(not(unix))]
pub fn wait(_stdout_watch: bool, _process: Option<u32>) -> Ending {
    Ending::Nothing
}

#[cfg(unix)]
fn wait_for(output: Option<std::os::fd::BorrowedFd<'_>>, process: Option<&Process>) -> Ending {
    use rustix::event::{PollFd, PollFlags, poll};
    let hold = process.and_then(|process| process.hold.as_ref());
    if output.is_none() && process.is_none() {
        return Ending::Nothing;
    }
    // A process without a descriptor has to be looked at; and only Linux is known to report a closed pipe by itself.
    let told = cfg!(target_os = "linux") && process.is_some() == hold.is_some();
    let pause = (!told).then(|| LOOK.try_into().ok()).flatten();
    loop {
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(2);
        polled.extend(output.iter().map(|output| PollFd::new(output, PollFlags::empty())));
        polled.extend(hold.map(|hold| PollFd::new(hold, PollFlags::IN)));
        match poll(&mut polled, pause.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot watch whether the editor is still there");
                return Ending::Nothing;
            }
        }
        let broken = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        let (outputs, holds) = polled.split_at(usize::from(output.is_some()));
        if outputs.iter().any(|output| output.revents().intersects(broken)) {
            return Ending::StdoutClosed;
        }
        if holds.iter().any(|hold| !hold.revents().is_empty())
            || process.is_some_and(|process| process.hold.is_none() && !alive(process.id))
        {
            return Ending::ProcessGone;
        }
    }
}

/// A process to outlive by no more than a moment.
#[cfg(unix)]
struct Process {
    id: rustix::process::Pid,
    /// Becomes readable when it ends, on systems that have such a thing.
    hold: Option<std::os::fd::OwnedFd>,
}

#[cfg(unix)]
impl Process {
    fn find(number: u32) -> Option<Self> {
        let id = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw).filter(|id| alive(*id));
        if id.is_none() {
            tracing::warn!(
                processId = number,
                "the client's process is not to be seen from here; not watching it"
            );
        }
        id.map(|id| Self { id, hold: hold(id) })
    }
}

#[cfg(target_os = "linux")]
fn hold(id: rustix::process::Pid) -> Option<std::os::fd::OwnedFd> {
    let hold = rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty());
    hold.inspect_err(|error| tracing::debug!(%error, "no descriptor of the client's process")).ok()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn hold(_id: rustix::process::Pid) -> Option<std::os::fd::OwnedFd> {
    None
}

/// Whether it exists, also if it belongs to somebody else.
#[cfg(unix)]
fn alive(id: rustix::process::Pid) -> bool {
    matches!(rustix::process::test_kill_process(id), Ok(()) | Err(rustix::io::Errno::PERM))
}

/// Leaves the editor's process group: an editor that is suspended from its terminal may stop its whole group, and a
/// stopped server would keep its locks from everybody else. A server that a person started at a terminal stays, since
/// reading from there is for the group in the foreground.
#[cfg(unix)]
pub(super) fn leave_group() {
    if !std::io::IsTerminal::is_terminal(&std::io::stdin())
        && let Err(error) = rustix::process::setpgid(None, None)
    {
        tracing::debug!(%error, "staying in the editor's process group");
    }
}

/// There are no such groups here.
#[cfg(not(unix))]
pub(super) fn leave_group() {}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::process::{Child, Command, Stdio};

    fn editor() -> Child {
        Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn notices_the_death_of_a_process() {
        let mut editor = editor();
        let process = Process::find(editor.id());
        assert!(process.is_some());
        let ending = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| wait_for(None, process.as_ref()));
            editor.kill().unwrap();
            waiting.join().unwrap()
        });
        assert_eq!(ending, Ending::ProcessGone);
        editor.wait().unwrap();
        assert_eq!(wait(false, Some(editor.id())), Ending::Nothing);
    }

    #[test]
    fn notices_a_closed_pipe() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let ending = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| wait_for(Some(writer.as_fd()), None));
            drop(reader);
            waiting.join().unwrap()
        });
        assert_eq!(ending, Ending::StdoutClosed);
    }

    #[test]
    fn a_process_without_a_descriptor_is_looked_at() {
        let mut editor = editor();
        let process = Process { hold: None, ..Process::find(editor.id()).unwrap() };
        let (_reader, writer) = rustix::pipe::pipe().unwrap();
        editor.kill().unwrap();
        editor.wait().unwrap();
        assert_eq!(wait_for(Some(writer.as_fd()), Some(&process)), Ending::ProcessGone);
    }

    #[test]
    fn does_not_wait_for_a_process_that_is_not_there() {
        for process in [0, u32::MAX] {
            assert_eq!(wait(false, Some(process)), Ending::Nothing);
        }
    }
}
