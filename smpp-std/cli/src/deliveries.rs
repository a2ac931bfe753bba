//! What the MC delivers is acknowledged when it is printed, and not before: it keeps what we could not.

use crate::alphabet::DefaultAlphabet;
use crate::inbox::Received;
use crate::link::Link;
use crate::output::complain;
use crate::writer::Writer;
use smpp_core::pdu::{DataSmResp, DeliverSmResp};
use smpp_core::session::{Event, ReplyTo};
use smpp_core::types::{CommandId, CommandStatus};
use smpp_std::Outbox;
use std::collections::VecDeque;
use std::time::Duration;

/// How long a delivery may keep the session waiting because the output is full. It is paid once: behind it the output
/// counts as stalled, and what comes is refused at once until all is printed.
const GRACE: Duration = Duration::from_millis(250);

/// How long the output is waited for between two looks at the session.
const LOOK: Duration = Duration::from_millis(20);

/// How long the output has at the end, before the MC is asked to keep what is not printed.
const LAST: Duration = Duration::from_secs(1);

/// Deliveries that are not acknowledged yet, in their order.
#[derive(Debug)]
pub(crate) struct Deliveries {
    /// Where they are printed; without it nothing is waited for.
    writer: Option<Writer>,
    /// Each with the place in the output behind which it is printed.
    waiting: VecDeque<(u64, ReplyTo)>,
    /// How many may wait: so many are in doubt when the session ends.
    window: usize,
    is_stalled: bool,
    /// How texts are read that have no coding of their own.
    default: DefaultAlphabet,
    /// PDUs that need no acknowledgement and found no room in the output.
    unshown: u64,
}

impl Deliveries {
    /// At most as many wait until `writer` has printed them as the window of `link` has places.
    pub(crate) fn new(writer: Option<Writer>, link: &Link) -> Self {
        let (window, default) = (usize::from(link.window()), link.default_alphabet);
        Self { writer, waiting: VecDeque::new(), window, is_stalled: false, default, unshown: 0 }
    }

    /// All are acknowledged at once: nothing is printed.
    pub(crate) fn unprinted() -> Self {
        let default = DefaultAlphabet::default();
        Self { writer: None, waiting: VecDeque::new(), window: 1, is_stalled: false, default, unshown: 0 }
    }

    /// Whether the output takes a line more.
    pub(crate) fn has_room(&self) -> bool {
        self.writer.as_ref().is_none_or(Writer::has_room)
    }

    /// Whether there is nothing to acknowledge.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a delivery may be taken. If not, the MC was told to try again later.
    pub(crate) fn admit<const W: usize>(&mut self, outbox: &mut Outbox<'_, W>, to: ReplyTo) -> bool {
        if self.is_full() && !self.is_stalled {
            self.is_stalled = !self.wait_for_first(GRACE);
            self.settle(outbox);
        }
        let is_full = self.is_full();
        if is_full {
            // The end of a session shows as its last event.
            let _ = outbox.reject(to, CommandStatus::ESME_RX_T_APPN);
        }
        !is_full
    }

    /// What there is to tell of a delivery was told: it is acknowledged when that is printed.
    pub(crate) fn told<const W: usize>(&mut self, outbox: &mut Outbox<'_, W>, to: ReplyTo) {
        let position = self.writer.as_ref().map_or(0, Writer::position);
        self.waiting.push_back((position, to));
        self.settle(outbox);
    }

    /// Acknowledges what is printed by now.
    pub(crate) fn settle<const W: usize>(&mut self, outbox: &mut Outbox<'_, W>) {
        while let Some(&(position, to)) = self.waiting.front()
            && self.is_printed(position, Duration::ZERO)
        {
            self.waiting.pop_front();
            acknowledge(outbox, to);
        }
        self.is_stalled &= !self.waiting.is_empty();
    }

    /// Waits a moment for the output, if something waits for it.
    pub(crate) fn wait(&self) {
        self.wait_for_first(LOOK);
    }

    /// The session is about to end: what is not printed soon, the MC is to keep.
    pub(crate) fn close<const W: usize>(&mut self, outbox: &mut Outbox<'_, W>) {
        if let Some(&(position, _)) = self.waiting.back() {
            self.is_printed(position, LAST);
        }
        self.settle(outbox);
        for (_, to) in self.waiting.drain(..) {
            // As above.
            let _ = outbox.reject(to, CommandStatus::ESME_RX_T_APPN);
        }
    }

    /// The session is over: there is nobody to tell.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// What an event says that asks for no acknowledgement, if there is room to show it.
    pub(crate) fn aside(&mut self, event: &Event<'_>) -> Option<Received> {
        let aside = Received::aside(event, self.default)?;
        if self.has_room() {
            return Some(aside);
        }
        self.unshown += 1;
        None
    }

    /// Says on standard error what was not shown.
    pub(crate) fn explain(&self) {
        if self.unshown > 0 {
            complain(&format!("{} PDU(s) were not shown: standard output took nothing", self.unshown));
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= self.window || !self.has_room()
    }

    fn wait_for_first(&self, patience: Duration) -> bool {
        self.waiting.front().is_none_or(|&(position, _)| self.is_printed(position, patience))
    }

    fn is_printed(&self, position: u64, patience: Duration) -> bool {
        self.writer.as_ref().is_none_or(|writer| writer.wait(position, patience))
    }
}

/// Says that a message was taken.
pub(crate) fn acknowledge<const W: usize>(outbox: &mut Outbox<'_, W>, reply_to: ReplyTo) {
    let answered = match reply_to.command() {
        CommandId::DELIVER_SM => outbox.respond(reply_to, &DeliverSmResp::default()),
        CommandId::DATA_SM => outbox.respond(reply_to, &DataSmResp::default()),
        _ => outbox.reject(reply_to, CommandStatus::ESME_RINVCMDID),
    };
    // The session is over then, and its last event says so.
    let _ = answered;
}
