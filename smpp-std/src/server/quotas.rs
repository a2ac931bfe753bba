//! What each address and each account takes of a server at present.

use super::limits::{Limit, Limited, Limits, QuotaKind, QuotaScope};
use smpp_core::Instant;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What all addresses and accounts take at present.
#[derive(Debug)]
pub(super) struct Quotas {
    pub(super) limits: Limits,
    addresses: Counters<IpAddr>,
    accounts: Counters<Box<[u8]>>,
}

/// What one connection has in the quotas.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) peer: SocketAddr,
    account: Option<Box<[u8]>>,
    /// The bind is not answered yet.
    pub(super) is_binding: bool,
    octets: usize,
}

impl Quotas {
    pub(super) fn new(limits: Limits) -> Self {
        let Limits { address, account, memory, .. } = limits;
        Self { limits, addresses: Counters::new(address, memory), accounts: Counters::new(account, memory) }
    }

    /// Lets in a connection.
    pub(super) fn connect(&mut self, now: Instant, peer: SocketAddr) -> Result<Usage, Limited> {
        self.addresses.enter(now, key(peer)).map_err(of(QuotaScope::Address))?;
        Ok(Usage { peer, account: None, is_binding: false, octets: 0 })
    }

    /// Lets an account try to bind.
    pub(super) fn bind(&mut self, now: Instant, usage: &mut Usage, account: &[u8]) -> Result<(), Limited> {
        self.addresses.may_bind(now, &key(usage.peer)).map_err(of(QuotaScope::Address))?;
        // A peer may send a longer one, but none that is to be told from another by what comes behind that.
        let account = account.get(..LONGEST_ACCOUNT).unwrap_or(account);
        self.accounts.enter(now, account.into()).map_err(of(QuotaScope::Account))?;
        (usage.account, usage.is_binding) = (Some(account.into()), true);
        // Whether that is too much shows when they are counted next.
        let _ = self.accounts.hold(account, 0, usage.octets);
        Ok(())
    }

    /// The bind was answered.
    pub(super) fn bound(&mut self, now: Instant, usage: &mut Usage, is_accepted: bool) {
        usage.is_binding = false;
        if !is_accepted && let Some(account) = self.unbind(usage) {
            self.accounts.fail(now, account);
            self.fail_address(now, usage);
        }
    }

    /// A bind failed that counts for no account.
    pub(super) fn fail_address(&mut self, now: Instant, usage: &Usage) {
        self.addresses.fail(now, key(usage.peer));
    }

    /// The session is over; the connection may still be there. Gives the account whose it was.
    pub(super) fn unbind(&mut self, usage: &mut Usage) -> Option<Box<[u8]>> {
        let account = usage.account.take()?;
        self.accounts.leave(&*account, usage.octets);
        Some(account)
    }

    /// A connection keeps so many octets until it is called again.
    pub(super) fn hold(&mut self, usage: &mut Usage, octets: usize) -> Result<(), Limited> {
        if usage.octets == octets {
            return Ok(());
        }
        let before = std::mem::replace(&mut usage.octets, octets);
        let by_account = usage.account.as_deref().map(|account| self.accounts.hold(account, before, octets));
        self.addresses.hold(&key(usage.peer), before, octets).map_err(of(QuotaScope::Address))?;
        by_account.unwrap_or(Ok(())).map_err(of(QuotaScope::Account))
    }

    /// A connection is gone.
    pub(super) fn disconnect(&mut self, mut usage: Usage) {
        self.unbind(&mut usage);
        self.addresses.leave(&key(usage.peer), usage.octets);
    }
}

/// Who counts as one peer.
fn key(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn of(scope: QuotaScope) -> impl Fn(QuotaKind) -> Limited {
    move |kind| Limited { scope, kind }
}

/// What each of many addresses or accounts takes at present.
#[derive(Debug)]
struct Counters<K> {
    limit: Limit,
    memory: Duration,
    counts: HashMap<K, Count>,
    /// With so many, those that nothing is known of any more are dropped.
    sweep_at: usize,
}

#[derive(Debug, Default)]
struct Count {
    sessions: u32,
    octets: usize,
    failed_binds: u32,
    /// When the failed binds are forgotten.
    forgotten_at: Instant,
}

/// With so many addresses or accounts no failed bind of a further one is remembered: memory has an end.
const REMEMBERED: usize = 1 << 16;

/// So many octets of a system_id count: four times as many as the standard allows.
const LONGEST_ACCOUNT: usize = 64;

/// Below this many nobody is looked for who can be forgotten.
const SWEEP_AT: usize = 1024;

impl<K: Hash + Eq> Counters<K> {
    fn new(limit: Limit, memory: Duration) -> Self {
        Self { limit, memory, counts: HashMap::new(), sweep_at: SWEEP_AT }
    }

    /// One session more.
    fn enter(&mut self, now: Instant, key: K) -> Result<(), QuotaKind> {
        self.may_bind(now, &key)?;
        self.make_room(now);
        let count = self.counts.entry(key).or_default();
        if count.sessions >= self.limit.sessions {
            return Err(QuotaKind::Sessions);
        }
        count.sessions += 1;
        Ok(())
    }

    fn leave<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, octets: usize)
    where
        K: Borrow<Q>,
    {
        let Some(count) = self.counts.get_mut(key) else { return };
        count.sessions = count.sessions.saturating_sub(1);
        count.octets = count.octets.saturating_sub(octets);
        if count.sessions == 0 && count.failed_binds == 0 {
            self.counts.remove(key);
            // Room for many is not kept for few.
            if self.counts.capacity() > SWEEP_AT && self.counts.capacity() / 8 > self.counts.len() {
                self.counts.shrink_to(self.counts.len() * 2);
            }
        }
    }

    /// Whether failed binds leave another try.
    fn may_bind<Q: Hash + Eq + ?Sized>(&mut self, now: Instant, key: &Q) -> Result<(), QuotaKind>
    where
        K: Borrow<Q>,
    {
        let Some(count) = self.counts.get_mut(key) else { return Ok(()) };
        if count.forgotten_at <= now {
            count.failed_binds = 0;
        }
        if count.failed_binds >= self.limit.failed_binds { Err(QuotaKind::FailedBinds) } else { Ok(()) }
    }

    fn fail(&mut self, now: Instant, key: K) {
        if self.limit.failed_binds == u32::MAX {
            return;
        }
        self.make_room(now);
        if self.counts.len() >= REMEMBERED && !self.counts.contains_key(&key) {
            return;
        }
        let count = self.counts.entry(key).or_default();
        count.failed_binds = count.failed_binds.saturating_add(1);
        count.forgotten_at = now.after(self.memory);
    }

    /// In place of `before` octets, a session keeps `after`.
    fn hold<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, before: usize, after: usize) -> Result<(), QuotaKind>
    where
        K: Borrow<Q>,
    {
        let Some(count) = self.counts.get_mut(key) else { return Ok(()) };
        count.octets = count.octets.saturating_sub(before).saturating_add(after);
        let grows_too_large = after > before && count.octets > self.limit.octets;
        if grows_too_large { Err(QuotaKind::Octets) } else { Ok(()) }
    }

    /// Drops those of which nothing is known any more, once there are twice as many as after the last time.
    fn make_room(&mut self, now: Instant) {
        if self.counts.len() < self.sweep_at {
            return;
        }
        self.counts.retain(|_, count| count.sessions > 0 || count.forgotten_at > now);
        self.sweep_at = SWEEP_AT.max(self.counts.len().saturating_mul(2));
        self.counts.shrink_to(self.sweep_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn quotas(address: Limit, account: Limit) -> Quotas {
        Quotas::new(Limits { address, account, memory: 10 * SECOND, ..Limits::NONE })
    }

    fn from(ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), 50_000)
    }

    fn limited(scope: QuotaScope, kind: QuotaKind) -> Limited {
        Limited { scope, kind }
    }

    #[test]
    fn sessions_count_for_their_address_and_their_account_until_they_end() {
        let mut quotas = quotas(Limit { sessions: 3, ..Limit::NONE }, Limit { sessions: 2, ..Limit::NONE });
        let now = Instant::ZERO;
        let mut open: Vec<_> = (0..3).map(|_| quotas.connect(now, from("192.0.2.1")).unwrap()).collect();
        let refused = limited(QuotaScope::Address, QuotaKind::Sessions);
        assert_eq!(quotas.connect(now, from("192.0.2.1")).unwrap_err(), refused);
        assert_eq!(quotas.connect(now, from("::ffff:192.0.2.1")).unwrap_err(), refused);
        assert!(quotas.connect(now, from("192.0.2.2")).is_ok());

        let mut bind = |quotas: &mut Quotas, place: usize| quotas.bind(now, &mut open[place], b"me");
        assert_eq!([0, 1].map(|place| bind(&mut quotas, place)), [Ok(()), Ok(())]);
        assert_eq!(bind(&mut quotas, 2), Err(limited(QuotaScope::Account, QuotaKind::Sessions)));
        quotas.disconnect(open.remove(0));
        assert_eq!(quotas.bind(now, &mut open[1], b"me"), Ok(()));
        assert!(quotas.connect(now, from("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_peer_has_all_of_its_network() {
        let mut quotas = quotas(Limit { sessions: 1, ..Limit::NONE }, Limit::NONE);
        assert!(quotas.connect(Instant::ZERO, from("2001:db8::1")).is_ok());
        assert!(quotas.connect(Instant::ZERO, from("2001:db8::2:3:4:5")).is_err());
        assert!(quotas.connect(Instant::ZERO, from("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn failed_binds_shut_out_until_they_are_forgotten() {
        for (address, account, scope) in
            [(3, u32::MAX, QuotaScope::Address), (u32::MAX, 3, QuotaScope::Account)]
        {
            let limit = |failed_binds| Limit { failed_binds, ..Limit::NONE };
            let mut quotas = quotas(limit(address), limit(account));
            let mut usage = quotas.connect(Instant::ZERO, from("192.0.2.1")).unwrap();
            let at = |seconds: u64| Instant::from_millis(seconds * 1000);
            for second in 0..3 {
                assert_eq!(quotas.bind(at(second), &mut usage, b"me"), Ok(()));
                quotas.bound(at(second), &mut usage, false);
            }
            let refused = Err(limited(scope, QuotaKind::FailedBinds));
            assert_eq!(quotas.bind(at(2), &mut usage, b"me"), refused);
            assert_eq!(quotas.bind(at(11), &mut usage, b"me"), refused);
            assert_eq!(quotas.connect(at(11), from("192.0.2.1")).is_err(), scope == QuotaScope::Address);
            assert_eq!(quotas.bind(at(11), &mut usage, b"you").is_ok(), scope == QuotaScope::Account);
            assert_eq!(quotas.bind(at(12), &mut usage, b"me"), Ok(()), "the last one was ten seconds ago");
        }
    }

    #[test]
    fn octets_count_together_and_the_session_that_adds_to_many_goes() {
        let limit = Limit { octets: 100, ..Limit::NONE };
        for (address, account, scope) in
            [(limit, Limit::NONE, QuotaScope::Address), (Limit::NONE, limit, QuotaScope::Account)]
        {
            let mut quotas = quotas(address, account);
            let now = Instant::ZERO;
            let [mut one, mut two] = [(); 2].map(|()| quotas.connect(now, from("192.0.2.1")).unwrap());
            quotas.hold(&mut one, 30).unwrap();
            for usage in [&mut one, &mut two] {
                quotas.bind(now, usage, b"me").unwrap();
            }
            assert_eq!(quotas.hold(&mut two, 70), Ok(()));
            assert_eq!(quotas.hold(&mut one, 31), Err(limited(scope, QuotaKind::Octets)));
            assert_eq!(quotas.hold(&mut two, 69), Ok(()), "less is never too much");
            quotas.disconnect(one);
            assert_eq!(quotas.hold(&mut two, 100), Ok(()));
        }
    }

    #[test]
    fn failed_binds_take_memory_up_to_a_limit_and_none_where_nobody_counts_them() {
        let few = Limit { failed_binds: 5, ..Limit::NONE };
        for (limit, most) in [(Limit::NONE, 1), (few, REMEMBERED + 1)] {
            let mut quotas = quotas(limit, limit);
            let mut usage = quotas.connect(Instant::ZERO, from("192.0.2.1")).unwrap();
            for number in 0..2 * REMEMBERED {
                // The address is another one each time.
                usage.peer = SocketAddr::new(IpAddr::V4(u32::try_from(number).unwrap().into()), 1);
                let mut account = number.to_string().into_bytes();
                account.resize(100, b'x');
                quotas.bind(Instant::ZERO, &mut usage, &account).unwrap();
                quotas.bound(Instant::ZERO, &mut usage, false);
            }
            assert!(quotas.accounts.counts.len() <= most && quotas.addresses.counts.len() <= most);
            assert!(quotas.accounts.counts.keys().all(|account| account.len() <= LONGEST_ACCOUNT));
        }
    }

    #[test]
    fn nothing_is_kept_of_those_who_left_and_did_nothing_wrong() {
        let few = Limit { failed_binds: 5, ..Limit::NONE };
        let mut quotas = quotas(few, few);
        let mut later = Instant::ZERO;
        for number in 0..100_000u32 {
            later = later.after(Duration::from_millis(10));
            let peer = SocketAddr::new(IpAddr::V4(number.into()), 1);
            let mut usage = quotas.connect(later, peer).unwrap();
            quotas.bind(later, &mut usage, &number.to_be_bytes()).unwrap();
            quotas.bound(later, &mut usage, number % 2 == 0);
            quotas.disconnect(usage);
        }
        // Ten seconds of failures are remembered: 500 of them.
        assert!(quotas.addresses.counts.len() < 3 * SWEEP_AT, "{}", quotas.addresses.counts.len());
        assert!(quotas.accounts.counts.len() < 3 * SWEEP_AT);
    }

    #[test]
    fn guessing_has_an_end_by_default_for_one_address_and_for_many() {
        let mut quotas = Quotas::new(Limits::default());
        let now = Instant::ZERO;
        let mut tries = 0;
        for host in 1..=9 {
            let Ok(mut usage) = quotas.connect(now, from(&format!("192.0.2.{host}"))) else { unreachable!() };
            let before = tries;
            while quotas.bind(now, &mut usage, b"me").is_ok() {
                quotas.bound(now, &mut usage, false);
                tries += 1;
            }
            assert!(tries - before <= 20, "{} from one address", tries - before);
        }
        assert_eq!(tries, 100, "for one account from many addresses");
        let minute = now.after(Duration::from_secs(60));
        assert!(quotas.connect(minute, from("192.0.2.1")).is_ok());
    }
}
