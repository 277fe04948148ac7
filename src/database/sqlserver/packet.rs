//! The packets of SQL Server's protocol: eight bytes in front of what they carry.

/// The bytes in front.
pub(super) const FRONT: usize = 8;
/// The most bytes of a packet of which the size was not agreed upon yet.
pub(super) const SMALL: usize = 4096;

/// The kinds of packets that are made or looked at here.
pub(super) const PRELOGIN: u8 = 0x12;
pub(super) const ANSWER: u8 = 0x04;
const ATTENTION: u8 = 0x06;

/// What says that a packet is the last one of its message.
const LAST: u8 = 0x01;
/// What says that the session is to be as it was when it was opened, before the message is looked at.
const RESET: u8 = 0x08;

/// Makes a packet that is a whole message.
pub(super) fn whole(kind: u8, content: &[u8]) -> Vec<u8> {
    one(kind, content, true)
}

/// Makes the packets of a message, each of at most [`SMALL`] bytes.
pub(super) fn several(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut packets = Vec::with_capacity(content.len() + FRONT);
    let mut parts = content.chunks(SMALL - FRONT).peekable();
    while let Some(part) = parts.next() {
        packets.extend(one(kind, part, parts.peek().is_none()));
    }
    packets
}

fn one(kind: u8, content: &[u8], is_last: bool) -> Vec<u8> {
    let length = u16::try_from(content.len() + FRONT).unwrap_or(u16::MAX);
    let [high, low] = length.to_be_bytes();
    let mut packet = vec![kind, u8::from(is_last) * LAST, high, low, 0, 0, 1, 0];
    packet.extend_from_slice(content);
    packet
}

/// Returns the packet that asks the server to stop what it does.
pub(super) fn attention() -> Vec<u8> {
    whole(ATTENTION, &[])
}

/// Returns the beginning of a message by which the session becomes what it was when it was opened.
pub(super) fn resetting(begin: &[u8]) -> Vec<u8> {
    let mut packet = begin.to_vec();
    if let Some(status) = packet.get_mut(1) {
        *status |= RESET;
    }
    packet
}

/// Returns the length of the packet that bytes begin with, its front included; `None` where too little is there to say.
///
/// # Errors
///
/// It is shorter than its front, so it is none.
pub(super) fn length(bytes: &[u8]) -> Option<Result<usize, String>> {
    let (Some(high), Some(low)) = (bytes.get(2), bytes.get(3)) else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length < FRONT {
        return Some(Err(format!("a packet of {length} bytes is none")));
    }
    Some(Ok(length))
}

/// Returns whether a packet is the last one of its message.
pub(super) fn is_last(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|status| status & LAST != 0)
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, FRONT, SMALL, is_last, length, resetting, several, whole};

    #[test]
    fn a_packet_says_how_long_it_is() {
        let packet = whole(ANSWER, b"abc");
        assert_eq!(packet, [4, 1, 0, 11, 0, 0, 1, 0, b'a', b'b', b'c']);
        assert_eq!(length(&packet), Some(Ok(11)));
        assert_eq!(resetting(&packet)[..4], [4, 9, 0, 11]);
        assert_eq!(length(&packet[..3]), None);
        assert!(length(&[4, 1, 0, 7]).unwrap().is_err());
    }

    #[test]
    fn a_long_message_is_several_packets_and_the_last_one_says_so() {
        let packets = several(ANSWER, &vec![7; SMALL]);
        assert_eq!(packets.len(), SMALL + 2 * FRONT);
        assert!(!is_last(&packets));
        assert!(is_last(&packets[SMALL..]));
        assert_eq!(length(&packets[SMALL..]), Some(Ok(2 * FRONT)));
    }
}
