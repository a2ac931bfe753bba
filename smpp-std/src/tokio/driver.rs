//! The task that drives a link: it reads, writes and waits, and decides nothing.

use super::state::{Inner, Shared};
use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::task::yield_now;
use ::tokio::time::Sleep;
use smpp_core::link::{Half, Step, Until};
use smpp_core::session::CloseReason;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// So many steps in a row, then other tasks have a turn.
const TURN: u32 = 256;

pub(super) struct Driver<S> {
    shared: Arc<Shared>,
    transport: S,
    timer: Option<Pin<Box<Sleep>>>,
    /// Lets the runtime look at its sockets: before that, that nothing is there may be old news.
    look: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    closed: Option<CloseReason>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    pub(super) const fn new(shared: Arc<Shared>, transport: S) -> Self {
        Self { shared, transport, timer: None, look: None, closed: None }
    }

    /// Writes, flushes and reads what can be without waiting. Whether anything went on.
    fn exchange(&mut self, state: &mut Inner, cx: &mut Context<'_>) -> bool {
        let mut has_gone_on = self.write(state, cx);
        if state.link.wants_flush() {
            match Pin::new(&mut self.transport).poll_flush(cx) {
                Poll::Ready(Ok(())) => {
                    state.link.flushed();
                    has_gone_on = true;
                }
                Poll::Ready(Err(error)) => {
                    state.fail(Half::Write, error);
                    has_gone_on = true;
                }
                Poll::Pending => {}
            }
        }
        let (_, room) = state.link.io();
        if !room.is_empty() {
            let mut room = ReadBuf::new(room);
            match Pin::new(&mut self.transport).poll_read(cx, &mut room) {
                Poll::Ready(Ok(())) => {
                    let count = room.filled().len();
                    state.link.arrived(count);
                    has_gone_on = true;
                }
                Poll::Ready(Err(error)) => {
                    state.fail(Half::Read, error);
                    has_gone_on = true;
                }
                Poll::Pending => {}
            }
        }
        has_gone_on
    }

    fn write(&mut self, state: &mut Inner, cx: &mut Context<'_>) -> bool {
        let mut has_written = false;
        loop {
            let (output, _) = state.link.io();
            if output.is_empty() {
                return has_written;
            }
            match Pin::new(&mut self.transport).poll_write(cx, output) {
                Poll::Ready(Ok(count)) => {
                    state.link.wrote(count);
                    has_written = true;
                }
                Poll::Ready(Err(error)) => {
                    state.fail(Half::Write, error);
                    return true;
                }
                // That it takes nothing may be news to the link.
                Poll::Pending => return state.link.stalled() || has_written,
            }
        }
    }

    /// Whether the moment has come. If not, the task is woken then.
    fn is_time(&mut self, state: &Inner, until: Until, cx: &mut Context<'_>) -> bool {
        let at = match until {
            Until::Now => {
                let look = self.look.get_or_insert_with(|| Box::pin(yield_now()));
                let has_looked = look.as_mut().poll(cx).is_ready();
                if has_looked {
                    self.look = None;
                }
                return has_looked;
            }
            Until::Ever => {
                self.timer = None;
                return false;
            }
            Until::At(at) => state.moment(at),
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(::tokio::time::sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx).is_ready()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let shared = Arc::clone(&this.shared);
        for _ in 0..TURN {
            if let Some(reason) = this.closed {
                // Everybody knows by now; a transport that does not close is left to its owner.
                let _ = ready!(Pin::new(&mut this.transport).poll_shutdown(cx));
                shared.end(reason);
                return Poll::Ready(());
            }
            let mut state = shared.lock();
            let now = state.now();
            let step = state.link.poll(now);
            state.note_end();
            match step {
                Step::Event => {
                    state.take_event();
                    drop(state);
                    shared.room.notify_one();
                }
                Step::Closed(reason) => {
                    this.closed = Some(reason);
                    drop(state);
                    shared.end(reason);
                }
                Step::Io(until) => {
                    // Whoever puts something out from here on wakes this task.
                    state.driver = Some(cx.waker().clone());
                    let has_gone_on = this.exchange(&mut state, cx);
                    if has_gone_on {
                        this.look = None;
                        continue;
                    }
                    let is_time = this.is_time(&state, until, cx);
                    if is_time || until != Until::Now {
                        state.link.idle();
                    }
                    if !is_time {
                        return Poll::Pending;
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S> Drop for Driver<S> {
    /// The runtime ends, or the task was aborted: nobody waits for ever.
    fn drop(&mut self) {
        self.shared.end(self.closed.unwrap_or(CloseReason::ConnectionLost));
    }
}
