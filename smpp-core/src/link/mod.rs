//! The driving loop of a session, without its input and output: what every adapter does, once.
//!
//! A [`Link`] is a [`Session`], the buffer that it reads from and the queue that it writes to. It reads no clock and
//! touches no transport: it says what is to be done next, and learns what was. An adapter converts the clock, waits,
//! reads and writes, and wraps errors; it makes no decision of the protocol.
//!
//! # The loop
//!
//! [`Link::poll`] looks at input, time and output, in that order, and answers with a [`Step`] that borrows nothing:
//!
//! - [`Step::Event`]: [`Link::event`] lends the event, beside the [`Outbox`] to answer it with. It waits inside until it is
//!   taken, so a caller that is dropped in between loses none.
//! - [`Step::Io`]: [`Link::io`] gives what to write and where to read to. Write, read, and wait as long as it says;
//!   then say what came of it:
//!   - [`wrote`](Link::wrote) and [`arrived`](Link::arrived) with the octets that the transport took and gave, as it
//!     says it, 0 for the end included; [`end`](Link::end) for a half that failed;
//!   - [`flushed`](Link::flushed) when the transport holds nothing back that it took (at once for a plain socket), and flush
//!     it when [`wants_flush`](Link::wants_flush);
//!   - [`idle`](Link::idle) when nothing came and nothing went;
//!   - [`stalled`](Link::stalled) when it takes nothing at present, if that is known without waiting: when that is news,
//!     come again before waiting.
//!
//!   An empty slice is not to be read into or written. [`Until::Now`] is carried out without waiting.
//! - [`Step::Closed`]: it is over. From [`Link::is_shut`] on, which comes before the last events, the connection can be
//!   closed.
//!
//! ```
//! use smpp_core::Instant;
//! use smpp_core::link::{Half, Link, Outbox, Step};
//! use smpp_core::pdu::BindTransceiver;
//! use smpp_core::session::{CloseReason, Config, Event, Session};
//! use std::io::{ErrorKind, Read, Write};
//! use std::net::TcpStream;
//! use std::time::Duration;
//!
//! type Esme = Link<10, [u8; 4096], [u8; 4096]>;
//!
//! /// Waits for the next event. `stream` is blocking; `clock` gives the microseconds since the start of the program.
//! fn next_event<'l>(
//!     link: &'l mut Esme,
//!     stream: &mut TcpStream,
//!     clock: &'l (impl Fn() -> Instant + Sync),
//! ) -> Result<(Event<'l>, Outbox<'l, 10>), CloseReason> {
//!     loop {
//!         match link.poll(clock()) {
//!             Step::Event => return Ok(link.event(clock)),
//!             Step::Closed(reason) => return Err(reason),
//!             Step::Io(until) => exchange(link, stream, until.wait(clock())),
//!         }
//!     }
//! }
//!
//! fn exchange(link: &mut Esme, stream: &mut TcpStream, wait: Option<Duration>) {
//!     let (output, room) = link.io();
//!     if !output.is_empty() {
//!         match stream.write(output) {
//!             Ok(count) => link.wrote(count),
//!             Err(_) => link.end(Half::Write),
//!         }
//!         return link.flushed();
//!     }
//!     // A time-out of zero would mean none.
//!     let wait = wait.map(|wait| wait.max(Duration::from_micros(1)));
//!     if room.is_empty() {
//!         return std::thread::sleep(wait.unwrap_or_default());
//!     }
//!     match stream.set_read_timeout(wait).and_then(|()| stream.read(room)) {
//!         Ok(count) => link.arrived(count),
//!         Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => link.idle(),
//!         Err(_) => link.end(Half::Read),
//!     }
//! }
//!
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = listener.local_addr()?;
//! # let centre = std::thread::spawn(move || drop(listener.accept().unwrap()));
//! # let start = std::time::Instant::now();
//! let clock = || Instant::ZERO.after(start.elapsed());
//! let mut stream = TcpStream::connect(address)?;
//! let mut link = Link::new(Session::esme(Config::default(), clock()), [0; 4096], [0; 4096]);
//! link.outbox(&clock).bind(&BindTransceiver { system_id: "me".into(), ..Default::default() })?;
//! let ended = loop {
//!     match next_event(&mut link, &mut stream, &clock) {
//!         Ok((event, outbox)) => println!("{event:?} {outbox:?}"),
//!         Err(reason) => break reason,
//!     }
//! };
//! # centre.join().unwrap();
//! assert_eq!(ended, CloseReason::ConnectionLost);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it decides
//!
//! - *Time.* A response that is here comes before its time-out. So before a timer that is due, the transport is looked at
//!   without waiting, up to 64 times in a row; nothing leaves meanwhile. What timed out before an octet of it left is
//!   withdrawn from the queue.
//! - *Output* is collected, and written when the input that is there is worked off, or 10 ms after it was written last.
//! - *Back-pressure.* The peer causes answers, so they bound what is read: in a queue that grows, 32 KiB of them. In one of
//!   fixed size requests of our own leave a quarter to answers, and a request of the peer is taken when an answer of half the
//!   queue has room; while the line takes nothing, of an eighth.
//! - *Room again.* What was refused for want of room is followed by [`Event::Writable`] when there is as much as it wanted.
//! - *Half-open lines.* After a write failed, what the peer sent before is still read. When the peer ends, what it sent before
//!   is still worked off; an MC still answers it, an ESME writes no more.
//! - *Farewell.* The last octets of a session that is over have a second to leave. Then each ticket ends, and says whether its
//!   request was handed over: octets that the transport took and holds count as handed over.

mod engine;
mod outbox;
mod queue;
mod step;

pub use engine::Engine;
pub use outbox::Outbox;
pub use queue::{Storage, TransmitQueue};
pub use step::{Clock, Half, Step, Until};

use crate::frame::{Frame, FrameError, Split};
use crate::session::{Event, Session, Undecoded};
use crate::{Buffer, Instant};
use core::fmt;

/// A session, the buffer that it reads from and the queue that it writes to. See the [module](self) for how to drive it.
pub struct Link<const WINDOW: usize, R, T> {
    engine: Engine<WINDOW, T>,
    incoming: Buffer<R>,
    /// Octets of `incoming` that the last event borrowed.
    consumed: usize,
}

impl<const WINDOW: usize, R: AsRef<[u8]> + AsMut<[u8]>, T: Storage> Link<WINDOW, R, T> {
    /// A session of either role, new or [resumed](Session::resume), and its memory.
    ///
    /// `receive` is as long as the largest PDU that is to be understood, at least 16 octets. Larger ones are answered with
    /// an error and dropped as they arrive, whatever [`Config::max_pdu`](crate::session::Config::max_pdu) says.
    /// `transmit` is at least twice as long as the largest PDU that is sent, unless it grows.
    pub fn new(mut session: Session<WINDOW>, receive: R, transmit: T) -> Self {
        session.fit_into(receive.as_ref().len());
        Self { engine: Engine::new(session, transmit), incoming: Buffer::new(receive), consumed: 0 }
    }

    /// What is to be done next. The last event is done with.
    pub fn poll(&mut self, now: Instant) -> Step {
        self.incoming.consume(core::mem::take(&mut self.consumed));
        self.engine.poll(now, self.incoming.filled())
    }

    /// The event that [`Step::Event`] announced, beside the outbox to answer it with. Without [`Step::Event`] before, it is
    /// [`Event::Writable`], which promises nothing.
    pub fn event<'l>(&'l mut self, clock: &'l dyn Clock) -> (Event<'l>, Outbox<'l, WINDOW>) {
        let (event, consumed, outbox) = self.engine.event(self.incoming.filled(), clock);
        self.consumed = consumed;
        (event, outbox)
    }

    /// As [`event`](Self::event), but leaves each PDU to the application to read, so that a program carries code only for
    /// those that it names: see [`Session::handle_undecoded`].
    pub fn event_undecoded<'l>(
        &'l mut self,
        clock: &'l dyn Clock,
    ) -> (Event<'l, Undecoded>, Outbox<'l, WINDOW>) {
        let (event, consumed, outbox) = self.engine.event_undecoded(self.incoming.filled(), clock);
        self.consumed = consumed;
        (event, outbox)
    }

    /// What to write, and where to read to; an empty slice where nothing is to be. In one call, so that a transport can wait
    /// for both.
    pub fn io(&mut self) -> (&[u8], &mut [u8]) {
        let room = if self.engine.wants_read() { self.incoming.unfilled() } else { &mut [] };
        (self.engine.output(), room)
    }

    /// `count` octets came into the room of [`io`](Self::io). None at all, where there was room, is the end of what the peer
    /// sends.
    pub fn arrived(&mut self, count: usize) {
        if count > 0 {
            self.incoming.advance(count);
        } else if !self.incoming.unfilled().is_empty() {
            self.engine.end(Half::Read);
        }
    }

    /// As [`Engine::wrote`].
    pub fn wrote(&mut self, count: usize) {
        self.engine.wrote(count);
    }

    /// As [`Engine::stalled`].
    pub fn stalled(&mut self) -> bool {
        self.engine.stalled()
    }

    /// As [`Engine::flushed`].
    pub fn flushed(&mut self) {
        self.engine.flushed();
    }

    /// As [`Engine::unflushed`].
    pub fn unflushed(&mut self) {
        self.engine.unflushed();
    }

    /// As [`Engine::wants_flush`].
    #[must_use]
    pub fn wants_flush(&self) -> bool {
        self.engine.wants_flush()
    }

    /// As [`Engine::wants_write`].
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.engine.wants_write()
    }

    /// As [`Engine::idle`].
    pub fn idle(&mut self) {
        self.engine.idle();
    }

    /// As [`Engine::end`].
    pub fn end(&mut self, half: Half) {
        self.engine.end(half);
    }

    /// The outbox, without an event.
    pub fn outbox<'l>(&'l mut self, clock: &'l dyn Clock) -> Outbox<'l, WINDOW> {
        self.engine.outbox(clock)
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.engine.session()
    }

    /// The PDU that the last event was about, if it was about one. It stays until the next [`poll`](Self::poll).
    #[must_use]
    pub fn frame(&self) -> Option<Frame<'_>> {
        match Frame::split(self.incoming.filled().get(..self.consumed)?, usize::MAX) {
            Ok(Split::Frame(frame)) => Some(frame),
            _ => None,
        }
    }

    /// What was received and is not worked off; the PDU of the last event in front.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.incoming.filled()
    }

    /// As [`Engine::is_ready`].
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let input = self.incoming.filled().get(self.consumed..).unwrap_or_default();
        self.engine.is_ready(input)
    }

    /// As [`Engine::is_shut`].
    #[must_use]
    pub fn is_shut(&self) -> bool {
        self.engine.is_shut()
    }

    /// As [`Engine::framing_error`].
    #[must_use]
    pub fn framing_error(&self) -> Option<FrameError> {
        self.engine.framing_error()
    }

    /// The session with its queue, and the receive buffer: to go on with the input kept elsewhere.
    pub fn into_parts(self) -> (Engine<WINDOW, T>, Buffer<R>) {
        let Self { engine, mut incoming, consumed } = self;
        incoming.consume(consumed);
        (engine, incoming)
    }

    /// The session with its queue.
    pub fn engine(&mut self) -> &mut Engine<WINDOW, T> {
        &mut self.engine
    }
}

impl<const WINDOW: usize, R, T> fmt::Debug for Link<WINDOW, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Link");
        shown.field("engine", &self.engine).field("incoming", &self.incoming).finish_non_exhaustive()
    }
}
