//! [`Tries`]: how often each address has shown a wrong token lately.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How many wrong tokens an address may show within [`WITHIN`].
const MOST: u32 = 10;

/// How long a wrong token counts.
const WITHIN: Duration = Duration::from_mins(1);

/// How many addresses are remembered; more of them at a time are an attack, and wait.
const ADDRESSES: usize = 4096;

/// How often each address has shown a wrong token lately.
#[derive(Debug, Default)]
pub(super) struct Tries(HashMap<IpAddr, (u32, Instant)>);

impl Tries {
    /// Counts a token that is not known to be right, before it is looked at; an error says how long to wait.
    pub(super) fn begin(&mut self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let age = |began: &Instant| now.saturating_duration_since(*began);
        if self.0.len() >= ADDRESSES {
            self.0.retain(|_, (_, began)| age(began) < WITHIN);
        }
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&from) {
            return Err(WITHIN);
        }
        let (count, began) = self.0.entry(from).or_insert((0, now));
        if age(began) >= WITHIN {
            (*count, *began) = (0, now);
        }
        if *count >= MOST {
            return Err(WITHIN.saturating_sub(age(began)));
        }
        *count += 1;
        Ok(())
    }

    /// Forgets the tries of an address that has shown a right one.
    pub(super) fn forget(&mut self, from: IpAddr) {
        self.0.remove(&from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_some_wrong_tokens_and_others_do_not() {
        let (now, mut tries) = (Instant::now(), Tries::default());
        let [one, other] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        for _ in 0..MOST {
            assert_eq!(tries.begin(one, now), Ok(()));
        }
        let later = now + Duration::from_secs(20);
        assert_eq!(tries.begin(one, later), Err(Duration::from_secs(40)));
        assert_eq!(tries.begin(other, later), Ok(()));
        assert_eq!(tries.begin(one, now + WITHIN), Ok(()));
        tries.forget(other);
        assert_eq!(tries.0.len(), 1);
    }
}
