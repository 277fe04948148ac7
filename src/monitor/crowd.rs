//! [`Crowd`]: the open connections, bounded in number, for each address and altogether.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::pace::Pace;

/// How many connections there may be at a time.
const ALL: usize = 512;

/// How many of them one address may have.
const OF_ONE: usize = 64;

/// The open connections, bounded in number, for each address and altogether.
///
/// Where there are too many, the one makes way that has been longest without a request being answered on it: whoever opens many
/// connections and asks for nothing closes their own, and a newcomer is let in.
#[derive(Debug)]
pub(super) struct Crowd {
    members: Mutex<Members>,
    of_one: usize,
}

#[derive(Debug, Default)]
struct Members {
    all: BTreeMap<u64, Member>,
    next: u64,
}

#[derive(Debug)]
struct Member {
    peer: IpAddr,
    pace: Arc<Pace>,
}

impl Crowd {
    /// Creates it. Behind a proxy everyone comes from the proxy's address, and only the bound on all connections applies.
    pub(super) fn new(is_behind_proxy: bool) -> Self {
        Self {
            members: Mutex::default(),
            of_one: if is_behind_proxy { ALL } else { OF_ONE },
        }
    }

    /// Lets a connection in, and makes room for it where necessary; none where all others are being answered.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let peer = network(peer);
        let mut members = self.members();
        if members.of(Some(peer)) >= self.of_one && !members.make_room(Some(peer)) {
            return None;
        }
        if members.of(None) >= ALL && !members.make_room(None) {
            return None;
        }
        let number = members.next;
        members.next += 1;
        let pace = Arc::new(Pace::new(Instant::now()));
        let member = Member {
            peer,
            pace: Arc::clone(&pace),
        };
        members.all.insert(number, member);
        Some(Seat {
            crowd: Arc::clone(self),
            number,
            pace,
        })
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    /// Returns how many there are, of an address or altogether.
    fn of(&self, peer: Option<IpAddr>) -> usize {
        self.among(peer).count()
    }

    fn among(&self, peer: Option<IpAddr>) -> impl Iterator<Item = (&u64, &Member)> {
        let all = self.all.iter();
        all.filter(move |(_, member)| peer.is_none_or(|peer| peer == member.peer))
    }

    /// Closes the one that has been longest without an answer in the making; returns whether there was one.
    fn make_room(&mut self, peer: Option<IpAddr>) -> bool {
        let spare = self.among(peer).filter_map(|(number, member)| {
            let since = member.pace.spare_since()?;
            Some((since, *number))
        });
        let Some((_, number)) = spare.min() else {
            return false;
        };
        if let Some(member) = self.all.remove(&number) {
            member.pace.close();
        }
        true
    }
}

/// Returns what counts as one address: of IPv6, the network that one customer has.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            // This machine is no network.
            if network == 0 {
                peer
            } else {
                Ipv6Addr::from_bits(network).into()
            }
        }
        IpAddr::V4(address) => address.into(),
    }
}

/// The place of a connection, as long as it is open.
#[derive(Debug)]
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    number: u64,
    /// How long it may take.
    pub(super) pace: Arc<Pace>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd.members().all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn is_closed(seat: &Seat) -> bool {
        seat.pace.is_closed(Waker::noop())
    }

    #[test]
    fn an_address_with_many_idle_connections_closes_its_own() {
        let crowd = Arc::new(Crowd::new(false));
        let other = crowd.enter(address(2)).unwrap();
        let mut seats: Vec<Seat> = (0..OF_ONE).map(|_| crowd.enter(address(1)).unwrap()).collect();
        seats.push(crowd.enter(address(1)).unwrap());
        let closed: Vec<bool> = seats.iter().map(is_closed).collect();
        assert_eq!(closed.iter().filter(|is_closed| **is_closed).count(), 1);
        assert!(closed[0] && !is_closed(&other));
        drop(seats);
        assert_eq!(crowd.members().of(None), 1);
    }

    #[test]
    fn one_that_is_being_answered_is_never_closed_for_another() {
        let crowd = Arc::new(Crowd::new(false));
        let seats: Vec<Seat> = (0..OF_ONE).map(|_| crowd.enter(address(1)).unwrap()).collect();
        for seat in &seats {
            seat.pace.taken(Instant::now());
        }
        assert!(crowd.enter(address(1)).is_none());
        assert!(crowd.enter(address(2)).is_some());
        seats[7].pace.sent(Instant::now());
        assert!(crowd.enter(address(1)).is_some());
        assert!(is_closed(&seats[7]));
    }

    #[test]
    fn there_are_never_more_than_so_many_and_a_proxy_has_all_of_them() {
        let crowd = Arc::new(Crowd::new(true));
        let seats: Vec<Seat> = (0..ALL + 10).map(|_| crowd.enter(address(1)).unwrap()).collect();
        assert_eq!(crowd.members().of(None), ALL);
        assert_eq!(seats.iter().filter(|seat| is_closed(seat)).count(), 10);
    }

    #[test]
    fn the_addresses_of_one_network_count_as_one() {
        let [one, other, far] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:1::1"].map(|text| network(text.parse().unwrap()));
        assert!(one == other && one != far);
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()), address(1));
    }
}
