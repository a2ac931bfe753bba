//! How much one address and one account may take of a server.

use smpp_core::Instant;
use smpp_core::types::CommandStatus;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What a [`Server`](super::Server) grants, so that no peer can take it away from the others (GUIDE §13). By default,
/// everything.
///
/// IPv6 addresses count by their first 64 bits: that is what one peer has at its disposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For all connections from one address. A connection beyond it is closed at once.
    pub address: Limit,
    /// For all sessions of one system_id. A bind beyond it is refused: ESME_RALYBND for one session too many,
    /// ESME_RBINDFAIL after too many failed ones.
    pub account: Limit,
    /// How long failed binds are remembered behind the last one, of up to 65,536 addresses and as many accounts. Default 60 s.
    pub memory: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { address: Limit::NONE, account: Limit::NONE, memory: Duration::from_secs(60) }
    }
}

/// What one address or one account may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// How many sessions at a time; connections that are not bound yet count for their address.
    pub sessions: u32,
    /// How many binds in a row may be refused before no other is let in until [`Limits::memory`] is over. A bind that is
    /// accepted does not end the row: who has one password must not guess another. For accounts, mind that anybody who
    /// knows a system_id can shut its owner out with it.
    pub failed_binds: u32,
    /// How many octets may wait in memory between calls: of PDUs that are not whole yet, and of those that the peer does
    /// not read. The session that goes beyond is closed.
    pub octets: usize,
}

impl Limit {
    /// No limit.
    pub const NONE: Self = Self { sessions: u32::MAX, failed_binds: u32::MAX, octets: usize::MAX };
}

/// Which limit a peer ran into.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limited {
    /// Whose limit.
    pub party: Party,
    /// Which one.
    pub excess: Excess,
}

/// Whose limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Party {
    /// That of the address.
    Address,
    /// That of the account, which is the system_id.
    Account,
}

/// What there was too much of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Excess {
    /// [`Limit::sessions`]
    Sessions,
    /// [`Limit::failed_binds`]
    FailedBinds,
    /// [`Limit::octets`]
    Octets,
}

impl Limited {
    /// What a bind that runs into it is refused with.
    pub(super) const fn status(self) -> CommandStatus {
        match self.excess {
            Excess::Sessions => CommandStatus::ESME_RALYBND,
            Excess::FailedBinds | Excess::Octets => CommandStatus::ESME_RBINDFAIL,
        }
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.excess {
            Excess::Sessions => "sessions",
            Excess::FailedBinds => "failed binds",
            Excess::Octets => "octets in memory",
        };
        let whose = match self.party {
            Party::Address => "address",
            Party::Account => "account",
        };
        write!(f, "too many {what} of one {whose}")
    }
}

/// What all addresses and accounts take at present.
#[derive(Debug)]
pub(super) struct Books {
    addresses: Book<IpAddr>,
    accounts: Book<Box<[u8]>>,
}

/// What one connection has in the books.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) peer: SocketAddr,
    account: Option<Box<[u8]>>,
    /// The bind is not answered yet.
    pub(super) is_binding: bool,
    octets: usize,
}

impl Books {
    pub(super) fn new(limits: Limits) -> Self {
        let Limits { address, account, memory } = limits;
        Self { addresses: Book::new(address, memory), accounts: Book::new(account, memory) }
    }

    /// Lets in a connection.
    pub(super) fn connect(&mut self, now: Instant, peer: SocketAddr) -> Result<Entry, Limited> {
        self.addresses.enter(now, party(peer)).map_err(of(Party::Address))?;
        Ok(Entry { peer, account: None, is_binding: false, octets: 0 })
    }

    /// Lets an account try to bind.
    pub(super) fn bind(&mut self, now: Instant, entry: &mut Entry, account: &[u8]) -> Result<(), Limited> {
        self.addresses.may_bind(now, &party(entry.peer)).map_err(of(Party::Address))?;
        // A peer may send a longer one, but none that is to be told from another by what comes behind that.
        let account = account.get(..LONGEST_ACCOUNT).unwrap_or(account);
        self.accounts.enter(now, account.into()).map_err(of(Party::Account))?;
        (entry.account, entry.is_binding) = (Some(account.into()), true);
        // Whether that is too much shows when they are counted next.
        let _ = self.accounts.hold(account, 0, entry.octets);
        Ok(())
    }

    /// The bind was answered.
    pub(super) fn bound(&mut self, now: Instant, entry: &mut Entry, is_accepted: bool) {
        entry.is_binding = false;
        if !is_accepted && let Some(account) = self.unbind(entry) {
            self.accounts.fail(now, account);
            self.addresses.fail(now, party(entry.peer));
        }
    }

    /// The session is over; the connection may still be there. Gives the account whose it was.
    pub(super) fn unbind(&mut self, entry: &mut Entry) -> Option<Box<[u8]>> {
        let account = entry.account.take()?;
        self.accounts.leave(&*account, entry.octets);
        Some(account)
    }

    /// A connection keeps so many octets until it is called again.
    pub(super) fn hold(&mut self, entry: &mut Entry, octets: usize) -> Result<(), Limited> {
        if entry.octets == octets {
            return Ok(());
        }
        let before = std::mem::replace(&mut entry.octets, octets);
        let by_account = entry.account.as_deref().map(|account| self.accounts.hold(account, before, octets));
        self.addresses.hold(&party(entry.peer), before, octets).map_err(of(Party::Address))?;
        by_account.unwrap_or(Ok(())).map_err(of(Party::Account))
    }

    /// A connection is gone.
    pub(super) fn disconnect(&mut self, mut entry: Entry) {
        self.unbind(&mut entry);
        self.addresses.leave(&party(entry.peer), entry.octets);
    }
}

/// Who counts as one peer.
fn party(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn of(party: Party) -> impl Fn(Excess) -> Limited {
    move |excess| Limited { party, excess }
}

/// What each of many parties takes at present.
#[derive(Debug)]
struct Book<K> {
    limit: Limit,
    memory: Duration,
    parties: HashMap<K, Usage>,
    /// With so many parties, those that nothing is known of any more are dropped.
    crowd: usize,
}

#[derive(Debug, Default)]
struct Usage {
    sessions: u32,
    octets: usize,
    failed_binds: u32,
    /// When the failed binds are forgotten.
    forgotten_at: Instant,
}

/// With so many parties no failed bind of a further one is remembered: memory has an end.
const REMEMBERED: usize = 1 << 16;

/// So many octets of a system_id count: four times as many as the standard allows.
const LONGEST_ACCOUNT: usize = 64;

/// Below this many parties nobody is looked for who can be forgotten.
const CROWD: usize = 1024;

impl<K: Hash + Eq> Book<K> {
    fn new(limit: Limit, memory: Duration) -> Self {
        Self { limit, memory, parties: HashMap::new(), crowd: CROWD }
    }

    /// One session more.
    fn enter(&mut self, now: Instant, key: K) -> Result<(), Excess> {
        self.may_bind(now, &key)?;
        self.make_room(now);
        let usage = self.parties.entry(key).or_default();
        if usage.sessions >= self.limit.sessions {
            return Err(Excess::Sessions);
        }
        usage.sessions += 1;
        Ok(())
    }

    fn leave<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, octets: usize)
    where
        K: Borrow<Q>,
    {
        let Some(usage) = self.parties.get_mut(key) else { return };
        usage.sessions = usage.sessions.saturating_sub(1);
        usage.octets = usage.octets.saturating_sub(octets);
        if usage.sessions == 0 && usage.failed_binds == 0 {
            self.parties.remove(key);
        }
    }

    /// Whether failed binds leave another try.
    fn may_bind<Q: Hash + Eq + ?Sized>(&mut self, now: Instant, key: &Q) -> Result<(), Excess>
    where
        K: Borrow<Q>,
    {
        let Some(usage) = self.parties.get_mut(key) else { return Ok(()) };
        if usage.forgotten_at <= now {
            usage.failed_binds = 0;
        }
        if usage.failed_binds >= self.limit.failed_binds { Err(Excess::FailedBinds) } else { Ok(()) }
    }

    fn fail(&mut self, now: Instant, key: K) {
        if self.limit.failed_binds == u32::MAX {
            return;
        }
        self.make_room(now);
        if self.parties.len() >= REMEMBERED && !self.parties.contains_key(&key) {
            return;
        }
        let usage = self.parties.entry(key).or_default();
        usage.failed_binds = usage.failed_binds.saturating_add(1);
        usage.forgotten_at = now.after(self.memory);
    }

    /// In place of `before` octets, a session keeps `after`.
    fn hold<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, before: usize, after: usize) -> Result<(), Excess>
    where
        K: Borrow<Q>,
    {
        let Some(usage) = self.parties.get_mut(key) else { return Ok(()) };
        usage.octets = usage.octets.saturating_sub(before).saturating_add(after);
        let grows_too_large = after > before && usage.octets > self.limit.octets;
        if grows_too_large { Err(Excess::Octets) } else { Ok(()) }
    }

    /// Drops parties of which nothing is known any more, once there are twice as many as after the last time.
    fn make_room(&mut self, now: Instant) {
        if self.parties.len() < self.crowd {
            return;
        }
        self.parties.retain(|_, usage| usage.sessions > 0 || usage.forgotten_at > now);
        self.crowd = CROWD.max(self.parties.len().saturating_mul(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn books(address: Limit, account: Limit) -> Books {
        Books::new(Limits { address, account, memory: 10 * SECOND })
    }

    fn from(ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), 50_000)
    }

    fn limited(party: Party, excess: Excess) -> Limited {
        Limited { party, excess }
    }

    #[test]
    fn sessions_count_for_their_address_and_their_account_until_they_end() {
        let mut books = books(Limit { sessions: 3, ..Limit::NONE }, Limit { sessions: 2, ..Limit::NONE });
        let now = Instant::ZERO;
        let mut open: Vec<_> = (0..3).map(|_| books.connect(now, from("192.0.2.1")).unwrap()).collect();
        let refused = limited(Party::Address, Excess::Sessions);
        assert_eq!(books.connect(now, from("192.0.2.1")).unwrap_err(), refused);
        assert_eq!(books.connect(now, from("::ffff:192.0.2.1")).unwrap_err(), refused);
        assert!(books.connect(now, from("192.0.2.2")).is_ok());

        let mut bind = |books: &mut Books, place: usize| books.bind(now, &mut open[place], b"me");
        assert_eq!([0, 1].map(|place| bind(&mut books, place)), [Ok(()), Ok(())]);
        assert_eq!(bind(&mut books, 2), Err(limited(Party::Account, Excess::Sessions)));
        books.disconnect(open.remove(0));
        assert_eq!(books.bind(now, &mut open[1], b"me"), Ok(()));
        assert!(books.connect(now, from("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_peer_has_all_of_its_network() {
        let mut books = books(Limit { sessions: 1, ..Limit::NONE }, Limit::NONE);
        assert!(books.connect(Instant::ZERO, from("2001:db8::1")).is_ok());
        assert!(books.connect(Instant::ZERO, from("2001:db8::2:3:4:5")).is_err());
        assert!(books.connect(Instant::ZERO, from("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn failed_binds_shut_out_until_they_are_forgotten() {
        for (address, account, party) in [(3, u32::MAX, Party::Address), (u32::MAX, 3, Party::Account)] {
            let limit = |failed_binds| Limit { failed_binds, ..Limit::NONE };
            let mut books = books(limit(address), limit(account));
            let mut entry = books.connect(Instant::ZERO, from("192.0.2.1")).unwrap();
            let at = |seconds: u64| Instant::from_millis(seconds * 1000);
            for second in 0..3 {
                assert_eq!(books.bind(at(second), &mut entry, b"me"), Ok(()));
                books.bound(at(second), &mut entry, false);
            }
            let refused = Err(limited(party, Excess::FailedBinds));
            assert_eq!(books.bind(at(2), &mut entry, b"me"), refused);
            assert_eq!(books.bind(at(11), &mut entry, b"me"), refused);
            assert_eq!(books.connect(at(11), from("192.0.2.1")).is_err(), party == Party::Address);
            assert_eq!(books.bind(at(11), &mut entry, b"you").is_ok(), party == Party::Account);
            assert_eq!(books.bind(at(12), &mut entry, b"me"), Ok(()), "the last one was ten seconds ago");
        }
    }

    #[test]
    fn octets_count_together_and_the_session_that_adds_to_many_goes() {
        let limit = Limit { octets: 100, ..Limit::NONE };
        for (address, account, party) in
            [(limit, Limit::NONE, Party::Address), (Limit::NONE, limit, Party::Account)]
        {
            let mut books = books(address, account);
            let now = Instant::ZERO;
            let [mut one, mut two] = [(); 2].map(|()| books.connect(now, from("192.0.2.1")).unwrap());
            books.hold(&mut one, 30).unwrap();
            for entry in [&mut one, &mut two] {
                books.bind(now, entry, b"me").unwrap();
            }
            assert_eq!(books.hold(&mut two, 70), Ok(()));
            assert_eq!(books.hold(&mut one, 31), Err(limited(party, Excess::Octets)));
            assert_eq!(books.hold(&mut two, 69), Ok(()), "less is never too much");
            books.disconnect(one);
            assert_eq!(books.hold(&mut two, 100), Ok(()));
        }
    }

    #[test]
    fn failed_binds_take_memory_up_to_a_limit_and_none_where_nobody_counts_them() {
        let few = Limit { failed_binds: 5, ..Limit::NONE };
        for (limit, most) in [(Limit::NONE, 1), (few, REMEMBERED + 1)] {
            let mut books = books(limit, limit);
            let mut entry = books.connect(Instant::ZERO, from("192.0.2.1")).unwrap();
            for number in 0..2 * REMEMBERED {
                // The address is another one each time.
                entry.peer = SocketAddr::new(IpAddr::V4(u32::try_from(number).unwrap().into()), 1);
                let mut account = number.to_string().into_bytes();
                account.resize(100, b'x');
                books.bind(Instant::ZERO, &mut entry, &account).unwrap();
                books.bound(Instant::ZERO, &mut entry, false);
            }
            assert!(books.accounts.parties.len() <= most && books.addresses.parties.len() <= most);
            assert!(books.accounts.parties.keys().all(|account| account.len() <= LONGEST_ACCOUNT));
        }
    }

    #[test]
    fn nothing_is_kept_of_those_who_left_and_did_nothing_wrong() {
        let few = Limit { failed_binds: 5, ..Limit::NONE };
        let mut books = books(few, few);
        let mut later = Instant::ZERO;
        for number in 0..100_000u32 {
            later = later.after(Duration::from_millis(10));
            let peer = SocketAddr::new(IpAddr::V4(number.into()), 1);
            let mut entry = books.connect(later, peer).unwrap();
            books.bind(later, &mut entry, &number.to_be_bytes()).unwrap();
            books.bound(later, &mut entry, number % 2 == 0);
            books.disconnect(entry);
        }
        // Ten seconds of failures are remembered: 500 of them.
        assert!(books.addresses.parties.len() < 3 * CROWD, "{}", books.addresses.parties.len());
        assert!(books.accounts.parties.len() < 3 * CROWD);
    }
}
