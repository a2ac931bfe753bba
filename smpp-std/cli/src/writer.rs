//! Standard output and standard error, each written by a thread of its own: a reader that stalls or a disk that is full
//! never holds up a session.

use crate::output::{Exit, Failure};
use crate::stop::TICK;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// From so many octets on that wait to be written, there is no room for more: thousands of lines, while a pipe of Linux
/// holds a quarter of it.
const CAPACITY: u64 = 256 * 1024;

/// How long the last lines have when the program is to end.
const LAST: Duration = Duration::from_secs(1);

/// How long a descriptor that somebody made non-blocking is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// A stream to write to without waiting. Clones write to the same one.
///
/// [`Write`] never blocks: what it is given is queued. Whoever can hold back asks [`Self::has_room`] before, so that the
/// queue stays bounded.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// What messages call the stream.
    name: &'static str,
    state: Mutex<State>,
    /// The state is another one.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What waits for the thread.
    queue: Vec<u8>,
    /// Octets queued so far.
    queued: u64,
    /// Octets written so far.
    written: u64,
    /// Why nothing more is written.
    error: Option<io::Error>,
}

impl Writer {
    /// Standard output. `when_lost` runs once if it cannot be written any more.
    ///
    /// # Errors
    /// What the system says to another handle of it, or to another thread.
    pub(crate) fn stdout(when_lost: impl FnOnce() + Send + 'static) -> Result<Self, Failure> {
        // Not through `io::stdout`, which keeps what follows the last end of a line.
        #[cfg(unix)]
        let sink = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned().map(std::fs::File::from);
        #[cfg(not(unix))]
        let sink = Ok(io::stdout());
        let writer = sink.and_then(|sink| Self::new("standard output", sink, when_lost));
        writer.map_err(|error| Failure::Reported {
            exit: Exit::Refused,
            message: format!("cannot write to standard output: {error}"),
        })
    }

    /// Writes to `sink`, which messages call `name`.
    ///
    /// # Errors
    /// What the system says to another thread.
    pub(crate) fn new(
        name: &'static str,
        sink: impl Write + Send + 'static,
        when_lost: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { name, state: Mutex::default(), changed: Condvar::new() });
        let own = Arc::clone(&shared);
        // It ends with the program: a write that waits for a reader cannot be called off.
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Err(error) = own.work(sink) {
                own.lock().error = Some(error);
                own.changed.notify_all();
                when_lost();
            }
        })?;
        Ok(Self(shared))
    }

    /// Whether a line more may be queued.
    pub(crate) fn has_room(&self) -> bool {
        let state = self.0.lock();
        state.queued - state.written < CAPACITY
    }

    /// Everything that was queued so far, as a place to [`wait`](Self::wait) for.
    pub(crate) fn position(&self) -> u64 {
        self.0.lock().queued
    }

    /// Waits up to `patience` until everything in front of `position` is written; whether it is.
    pub(crate) fn wait(&self, position: u64, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut state = self.0.lock();
        while state.written < position && state.error.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.written >= position
    }

    /// Whether it cannot be written any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.0.lock().error.is_some()
    }

    /// Waits for the rest: without end, since a reader may be slow, or up to [`LAST`] once `is_impatient`.
    ///
    /// # Errors
    /// One line that says why not everything was written.
    pub(crate) fn finish(&self, is_impatient: impl Fn() -> bool) -> Result<(), Failure> {
        let position = self.position();
        while !self.is_lost() && !is_impatient() && !self.wait(position, TICK) {}
        self.wait(position, LAST);
        let (name, state) = (self.0.name, self.0.lock());
        let left = state.queued - state.written;
        let message = match &state.error {
            Some(error) => format!("cannot write to {name}: {error}: {left} octets are lost"),
            None if left > 0 => format!("nobody reads {name}: {left} octets are lost"),
            None => return Ok(()),
        };
        Err(Failure::Reported { exit: Exit::Refused, message })
    }
}

impl Write for Writer {
    /// Queues all of `octets`.
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        if let Some(error) = &state.error {
            return Err(error.kind().into());
        }
        state.queue.extend_from_slice(octets);
        state.queued += octets.len() as u64;
        drop(state);
        self.0.changed.notify_all();
        Ok(octets.len())
    }

    /// The thread does so by itself.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued, for ever.
    fn work(&self, mut sink: impl Write) -> io::Result<()> {
        let mut taken = Vec::new();
        loop {
            let mut state = self.lock();
            while state.queue.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            taken.clear();
            std::mem::swap(&mut taken, &mut state.queue);
            drop(state);
            let mut left = &taken[..];
            while !left.is_empty() {
                match sink.write(left) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(count) => {
                        left = left.get(count..).unwrap_or_default();
                        self.lock().written += count as u64;
                        self.changed.notify_all();
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
                    Err(error) => return Err(error),
                }
            }
            sink.flush()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Receiver, SyncSender};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Takes four octets at a time, each time somebody says so.
    struct Slow {
        turns: Receiver<()>,
        taken: SyncSender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.turns.recv().map_err(|_| io::Error::from(ErrorKind::StorageFull))?;
            let count = octets.len().min(4);
            self.taken.send(octets[..count].to_vec()).unwrap();
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow(when_lost: impl FnOnce() + Send + 'static) -> (Writer, SyncSender<()>, Receiver<Vec<u8>>) {
        let (turn, turns) = mpsc::sync_channel(100);
        let (taken, seen) = mpsc::sync_channel(100);
        (Writer::new("the test", Slow { turns, taken }, when_lost).unwrap(), turn, seen)
    }

    #[test]
    fn writing_never_waits_and_says_how_far_it_is() {
        let (mut writer, turn, seen) = slow(|| {});
        writer.write_all(b"abcd").unwrap();
        let first = writer.position();
        writer.write_all(b"efgh").unwrap();
        assert!(!writer.wait(first, Duration::ZERO), "nothing is written yet");
        turn.send(()).unwrap();
        assert!(writer.wait(first, PATIENCE));
        assert!(!writer.wait(writer.position(), Duration::ZERO));
        turn.send(()).unwrap();
        assert!(writer.wait(writer.position(), PATIENCE));
        assert_eq!(seen.try_iter().collect::<Vec<_>>().concat(), b"abcdefgh");
        writer.finish(|| true).unwrap();
    }

    #[test]
    fn what_nobody_takes_fills_the_queue_and_is_told_at_the_end() {
        let (mut writer, _turn, _seen) = slow(|| {});
        writer.write_all(b"the thread takes this and waits").unwrap();
        assert!(writer.has_room());
        writer.write_all(&vec![b'x'; CAPACITY as usize]).unwrap();
        assert!(!writer.has_room());
        let Err(Failure::Reported { exit, message }) = writer.finish(|| true) else { panic!() };
        assert_eq!(exit, Exit::Refused);
        assert_eq!(message, format!("nobody reads the test: {} octets are lost", 31 + CAPACITY));
    }

    #[test]
    fn an_error_is_told_once_and_ends_every_wait() {
        let (lost, is_lost) = mpsc::channel();
        let (mut writer, turn, _seen) = slow(move || lost.send(()).unwrap());
        writer.write_all(b"abcdefgh").unwrap();
        turn.send(()).unwrap();
        drop(turn);
        is_lost.recv_timeout(PATIENCE).unwrap();
        assert!(!writer.wait(8, PATIENCE) && writer.is_lost());
        assert!(writer.write_all(b"more").is_err());
        let Err(Failure::Reported { message, .. }) = writer.finish(|| true) else { panic!() };
        assert!(message.starts_with("cannot write to the test: no storage space"), "{message}");
        assert!(message.ends_with(": 4 octets are lost"), "{message}");
    }
}
