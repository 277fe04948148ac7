//! [`Heard`]: what the server says, message by message, before the client library reads it.

use bytes::BytesMut;

use super::announced::{Announced, Change, Gap, Scan, columns};
use super::packet::{self, FRONT};

const COLUMNS: u8 = 0x81;
/// The length of what ends each statement, and each message.
const DONE: usize = 13;
/// That a statement has changed, or returned, so many rows.
const COUNTED: u16 = 0x10;
/// That the server has stopped, as it was asked to.
const STOPPED: u16 = 0x20;

/// What the server says.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The columns of the first result of the last message.
    columns: Option<Vec<Announced>>,
    /// How many rows the last statement of it has changed.
    changed: Option<u64>,
    /// Whether the last message ended because the server has stopped.
    has_stopped: bool,
    stop: Stop,
    /// Whether the next message makes the session what it was when it was opened.
    resets: bool,
    message: Message,
}

/// How far it is with a wish that the server stops.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stop {
    #[default]
    None,
    /// Someone wants it.
    Wanted,
    /// The server was asked.
    Asked,
    /// It was asked, and had said all before it heard that: its answer is for nobody.
    Late,
}

/// A message that is not at its end.
#[derive(Debug, Default)]
struct Message {
    is_begun: bool,
    /// Its packets so far, until its columns are known.
    held: BytesMut,
    /// What is in them.
    content: Vec<u8>,
    /// How much of it was looked at.
    at: usize,
    /// Whether the rest of it is passed on as it is.
    is_passed: bool,
    /// Its last bytes.
    end: Vec<u8>,
}

impl Heard {
    /// Returns the columns of the first result of the last message.
    pub(super) fn columns(&self) -> Option<&[Announced]> {
        self.columns.as_deref()
    }

    /// Returns how many rows the last statement of the last message has changed, where it says so.
    pub(super) fn changed(&self) -> Option<u64> {
        self.changed
    }

    /// Returns whether the last message ended because the server has stopped.
    pub(super) fn has_stopped(&self) -> bool {
        self.has_stopped
    }

    /// Wants the server to stop what it does.
    pub(super) fn want_stop(&mut self) {
        if self.stop == Stop::None {
            self.stop = Stop::Wanted;
        }
    }

    /// Returns whether the server is to be asked now to stop, which it is once.
    pub(super) fn takes_stop(&mut self) -> bool {
        let is_wanted = self.stop == Stop::Wanted;
        if is_wanted {
            self.stop = Stop::Asked;
        }
        is_wanted
    }

    /// Forgets a wish to stop that was not passed on.
    pub(super) fn forget_stop(&mut self) {
        if self.stop == Stop::Wanted {
            self.stop = Stop::None;
        }
    }

    /// Has the next message make the session what it was when it was opened.
    pub(super) fn want_reset(&mut self) {
        self.resets = true;
    }

    /// Returns whether the message that begins now is to do so.
    pub(super) fn takes_reset(&mut self) -> bool {
        std::mem::take(&mut self.resets)
    }

    /// Takes a packet, and adds to `out` what the library is to read.
    pub(super) fn packet(&mut self, packet: &[u8], out: &mut BytesMut) {
        let content = packet.get(FRONT..).unwrap_or_default();
        if !self.message.is_begun {
            self.message.is_begun = true;
            (self.columns, self.changed) = (None, None);
        }
        self.message.end.extend_from_slice(content);
        let before = self.message.end.len().saturating_sub(DONE);
        self.message.end.drain(..before);
        if self.message.is_passed {
            out.extend_from_slice(packet);
        } else {
            self.message.held.extend_from_slice(packet);
            self.message.content.extend_from_slice(content);
            self.listen(out);
        }
        if packet::is_last(packet) {
            self.end(out);
        }
    }

    /// Looks at what there is up to the first result.
    fn listen(&mut self, out: &mut BytesMut) {
        let mut changes = Vec::new();
        loop {
            let rest = self.message.content.get(self.message.at..).unwrap_or_default();
            let mut scan = Scan::new(rest);
            match spoken(&mut scan, &mut changes) {
                Ok(Spoken::Columns(columns)) => {
                    let at = self.message.at;
                    for (place, to) in &mut changes {
                        *place += at;
                        replace(&mut self.message.held, (*place, *to));
                    }
                    self.columns = Some(columns);
                    self.message.pass(out);
                    return;
                }
                Ok(Spoken::Done(counted)) => self.changed = counted.or(self.changed),
                Ok(Spoken::Other) => {}
                Err(Gap::Short) => return,
                Err(Gap::Strange) => {
                    self.message.pass(out);
                    return;
                }
            }
            self.message.at += scan.at();
        }
    }

    /// Ends a message.
    fn end(&mut self, out: &mut BytesMut) {
        let mut message = std::mem::take(&mut self.message);
        let (has_stopped, counted) = done(&message.end).unwrap_or_default();
        if message.is_passed && counted.is_some() {
            self.changed = counted;
        }
        self.has_stopped = has_stopped;
        let is_answer_alone = !message.is_passed && message.content.len() == DONE;
        self.stop = match self.stop {
            Stop::Late if has_stopped && is_answer_alone => {
                self.stop = Stop::None;
                return;
            }
            Stop::Asked | Stop::Late if has_stopped => Stop::None,
            Stop::Asked => Stop::Late,
            stop => stop,
        };
        message.pass(out);
    }
}

impl Message {
    /// Passes on what was held back, and the rest as it comes.
    fn pass(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(&self.held);
        self.held.clear();
        self.content.clear();
        self.is_passed = true;
    }
}

/// What a message is made of, as far as it matters here.
enum Spoken {
    Columns(Vec<Announced>),
    /// How many rows a statement has changed, where it says so.
    Done(Option<u64>),
    Other,
}

/// Reads one part of a message.
fn spoken(scan: &mut Scan<'_>, changes: &mut Vec<Change>) -> Result<Spoken, Gap> {
    match scan.byte()? {
        COLUMNS => {
            let found = columns(scan, changes)?;
            return Ok(if found.is_empty() {
                Spoken::Other
            } else {
                Spoken::Columns(found)
            });
        }
        0xfd..=0xff => {
            let status = scan.short()?;
            scan.short()?;
            let count = scan.longest()?;
            return Ok(Spoken::Done((status & COUNTED != 0).then_some(count)));
        }
        // How a procedure has ended.
        0x79 => {
            scan.take(4)?;
        }
        // Errors, notices, changes of the session, orders, names of tables, that one is logged in.
        0xa4 | 0xa5 | 0xa9..=0xab | 0xad | 0xe3 | 0xed => {
            let length = usize::from(scan.short()?);
            scan.take(length)?;
        }
        0xe4 | 0xee => {
            let length = usize::try_from(scan.long()?).map_err(|_| Gap::Strange)?;
            scan.take(length)?;
        }
        // What the server can do, besides.
        0xae => {
            while scan.byte()? != 0xff {
                let length = usize::try_from(scan.long()?).map_err(|_| Gap::Strange)?;
                scan.take(length)?;
            }
        }
        _ => return Err(Gap::Strange),
    }
    Ok(Spoken::Other)
}

/// Reads what ends a message: whether the server has stopped, and the count of its last statement.
fn done(end: &[u8]) -> Option<(bool, Option<u64>)> {
    let mut scan = Scan::new(end);
    if end.len() != DONE || !matches!(scan.byte().ok()?, 0xfd..=0xff) {
        return None;
    }
    let status = scan.short().ok()?;
    scan.short().ok()?;
    let count = scan.longest().ok()?;
    Some((status & STOPPED != 0, (status & COUNTED != 0).then_some(count)))
}

/// Replaces a byte of what is in packets, without their fronts.
fn replace(packets: &mut [u8], (place, to): Change) {
    let (mut start, mut before) = (0, 0);
    while let Some(Ok(length)) = packets.get(start..).and_then(packet::length) {
        let content = length - FRONT;
        if place < before + content {
            if let Some(byte) = packets.get_mut(start + FRONT + place - before) {
                *byte = to;
            }
            return;
        }
        before += content;
        start += length;
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use bytes::BytesMut;

    use super::Heard;
    use crate::database::sqlserver::packet::{ANSWER, FRONT, whole};
    use crate::database::sqlserver::sql_type::SqlType;

    fn done(kind: u8, status: u16, count: u64) -> Vec<u8> {
        let mut bytes = vec![kind];
        bytes.extend(status.to_le_bytes());
        bytes.extend([0xc1, 0]);
        bytes.extend(count.to_le_bytes());
        bytes
    }

    /// One column of money, and a row.
    fn result() -> Vec<u8> {
        let mut bytes = vec![0x81, 1, 0, 0, 0, 0, 0, 9, 0, 0x6e, 8, 1, b'm', 0];
        bytes.extend([0xd1, 8, 0, 0, 0, 0, 0x10, 0x27, 0, 0]);
        bytes.extend(done(0xfd, 0x10, 1));
        bytes
    }

    fn heard(heard: &mut Heard, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut out = BytesMut::new();
        for packet in packets {
            heard.packet(packet, &mut out);
        }
        out.to_vec()
    }

    /// Splits a message into packets of so many bytes.
    fn split(content: &[u8], size: usize) -> Vec<Vec<u8>> {
        let mut packets: Vec<Vec<u8>> = content.chunks(size).map(|part| whole(ANSWER, part)).collect();
        let last = packets.len() - 1;
        for packet in &mut packets[..last] {
            packet[1] = 0;
        }
        packets
    }

    #[test]
    fn columns_are_known_and_money_is_passed_on_as_a_number_however_it_is_cut() {
        for size in 1..=result().len() {
            let mut ear = Heard::default();
            let packets = split(&result(), size);
            let passed = heard(&mut ear, &packets);
            let columns = ear.columns().unwrap();
            assert_eq!(
                (columns[0].name.as_str(), columns[0].kind),
                ("m", Ok(SqlType::Money))
            );
            assert_eq!(ear.changed(), Some(1));
            let expected: Vec<u8> = split(&result(), size).concat();
            let different: Vec<usize> = (0..expected.len())
                .filter(|at| expected[*at] != passed[*at])
                .collect();
            assert_eq!(passed.len(), expected.len());
            assert_eq!(different.len(), 1, "{size}");
            assert_eq!(passed[different[0]], 0x26);
        }
    }

    #[test]
    fn the_last_count_is_that_of_the_last_statement() {
        let mut ear = Heard::default();
        let notice = [
            vec![0xab, 3, 0, 1, 2, 3],
            done(0xff, 0x11, 5),
            vec![0x79, 0, 0, 0, 0],
            done(0xfe, 0, 9),
        ];
        heard(&mut ear, &[whole(ANSWER, &notice.concat())]);
        assert_eq!(ear.changed(), Some(5));
        assert!(ear.columns().is_none());
        heard(&mut ear, &[whole(ANSWER, &done(0xfd, 0, 0))]);
        assert_eq!(ear.changed(), None);
    }

    #[test]
    fn what_is_not_known_is_passed_on_as_it_is() {
        let mut ear = Heard::default();
        let packets = split(&[0x01, 2, 3, 4, 5], 2);
        assert_eq!(heard(&mut ear, &packets), packets.concat());
    }

    #[test]
    fn the_answer_to_a_stop_that_came_too_late_is_for_nobody() {
        let stopped = whole(ANSWER, &done(0xfd, 0x20, 0));
        // The statement was stopped.
        let mut ear = Heard::default();
        ear.want_stop();
        assert!(ear.takes_stop());
        assert!(!ear.takes_stop());
        assert_eq!(heard(&mut ear, from_ref(&stopped)), stopped);
        // It had ended before.
        ear.want_stop();
        assert!(ear.takes_stop());
        let packet = whole(ANSWER, &result());
        assert_eq!(heard(&mut ear, from_ref(&packet)).len(), packet.len());
        assert_eq!(heard(&mut ear, from_ref(&stopped)), Vec::<u8>::new());
        assert_eq!(heard(&mut ear, from_ref(&packet)).len(), result().len() + FRONT);
        // Nobody was asked.
        ear.want_stop();
        ear.forget_stop();
        assert!(!ear.takes_stop());
    }
}
