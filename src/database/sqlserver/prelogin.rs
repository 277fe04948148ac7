//! [`Prelogin`]: what client and server say of themselves before anyone logs in, and whether they speak in TLS.

/// What marks the end of the options.
const END: u8 = 0xff;
/// The most options that are looked at.
const MOST: usize = 32;

const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD: u8 = 3;
const SEVERAL_RESULTS: u8 = 4;
const TOKEN: u8 = 6;
const NONCE: u8 = 7;

/// Whether a side speaks in TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// For the password alone.
    Off,
    /// For everything.
    On,
    /// Not at all.
    Unknown,
    /// It has to be for everything.
    Required,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prelogin {
    version: [u8; 6],
    pub(super) secrecy: Secrecy,
    /// Whether it has to be said how tokens are sent.
    asks_for_tokens: bool,
    nonce: Option<[u8; 32]>,
}

/// Writes what this program says of itself.
pub(super) fn asked(secrecy: Secrecy, sends_token: bool) -> Vec<u8> {
    let mut options: Vec<(u8, Vec<u8>)> = vec![
        (VERSION, vec![1, 0, 0, 0, 0, 0]),
        (ENCRYPTION, vec![secrecy.byte()]),
        (INSTANCE, vec![0]),
        (THREAD, vec![0; 4]),
        (SEVERAL_RESULTS, vec![0]),
    ];
    if sends_token {
        options.push((TOKEN, vec![1]));
    }
    written(&options)
}

fn written(options: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut at = options.len() * 5 + 1;
    let (mut head, mut rest): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for (option, value) in options {
        head.push(*option);
        head.extend(u16::try_from(at).unwrap_or(u16::MAX).to_be_bytes());
        head.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        at += value.len();
        rest.extend(value);
    }
    head.push(END);
    head.extend(rest);
    head
}

impl Prelogin {
    /// Reads what a server says; `None` where that is nothing that one says.
    pub(super) fn read(content: &[u8]) -> Option<Self> {
        let (mut version, mut secrecy, mut asks_for_tokens, mut nonce) = (None, None, false, None);
        let mut rest = content;
        for _ in 0..MOST {
            let (option, after) = rest.split_first()?;
            if *option == END {
                return Some(Self {
                    version: version?,
                    secrecy: secrecy?,
                    asks_for_tokens,
                    nonce,
                });
            }
            let (place, after) = after.split_first_chunk::<4>()?;
            let [high, low, longer, shorter] = *place;
            let start = usize::from(u16::from_be_bytes([high, low]));
            let end = start + usize::from(u16::from_be_bytes([longer, shorter]));
            let value = content.get(start..end)?;
            match *option {
                VERSION => version = Some(value.try_into().ok()?),
                ENCRYPTION => secrecy = Some(Secrecy::of(*value.first()?)?),
                TOKEN => asks_for_tokens = value.first().is_some_and(|asks| *asks != 0),
                NONCE => nonce = Some(value.try_into().ok()?),
                // What is not known is not needed.
                _ => {}
            }
            rest = after;
        }
        None
    }

    /// Writes the same, but for TLS: whoever reads it takes the stream as it is.
    pub(super) fn without_secrecy(&self) -> Vec<u8> {
        let mut options = vec![
            (VERSION, self.version.to_vec()),
            (ENCRYPTION, vec![Secrecy::Unknown.byte()]),
        ];
        if self.asks_for_tokens {
            options.push((TOKEN, vec![1]));
        }
        if let Some(nonce) = self.nonce {
            options.push((NONCE, nonce.to_vec()));
        }
        written(&options)
    }
}

impl Secrecy {
    fn byte(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::On => 1,
            Self::Unknown => 2,
            Self::Required => 3,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Off,
            1 => Self::On,
            2 => Self::Unknown,
            3 => Self::Required,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Prelogin, Secrecy, asked};

    #[test]
    fn what_is_asked_has_its_options_where_it_says() {
        let message = asked(Secrecy::On, true);
        let read = Prelogin::read(&message).unwrap();
        assert_eq!(read.secrecy, Secrecy::On);
        assert!(read.asks_for_tokens);
        assert_eq!(read.version, [1, 0, 0, 0, 0, 0]);
        // Six options of five bytes each, and the end.
        assert_eq!(message[..5], [0, 0, 31, 0, 6]);
        assert_eq!(message[30], 0xff);
        assert!(
            !Prelogin::read(&asked(Secrecy::Off, false))
                .unwrap()
                .asks_for_tokens
        );
    }

    #[test]
    fn an_answer_is_passed_on_without_tls_and_with_all_that_a_token_needs() {
        let mut answer = vec![
            0, 0, 21, 0, 6, 1, 0, 27, 0, 1, 6, 0, 28, 0, 1, 7, 0, 29, 0, 32, 0xff,
        ];
        answer.extend([16, 0, 4, 83, 0, 0, 1, 1]);
        answer.extend([9; 32]);
        let read = Prelogin::read(&answer).unwrap();
        assert_eq!(read.secrecy, Secrecy::On);
        let passed = Prelogin::read(&read.without_secrecy()).unwrap();
        let expected = Prelogin {
            secrecy: Secrecy::Unknown,
            ..read
        };
        assert_eq!(passed, expected);
        assert_eq!(passed.nonce, Some([9; 32]));
    }

    #[test]
    fn what_no_server_says_is_refused() {
        let sound = asked(Secrecy::Off, false);
        for length in 0..sound.len() - 1 {
            // A value that is cut off; the last one is of no interest.
            if length < 31 {
                assert!(Prelogin::read(&sound[..length]).is_none(), "{length}");
            }
        }
        for wrong in [
            vec![],
            vec![0xff],
            vec![0, 0, 1],
            vec![1, 0, 6, 0, 1, 0xff, 0],
            vec![0, 0xff, 0xff, 0xff, 0xff, 0xff],
            vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 9],
            b"HTTP/1.1 400 Bad Request\r\n".to_vec(),
            [2, 0, 0, 0, 0].repeat(40),
        ] {
            assert!(Prelogin::read(&wrong).is_none(), "{wrong:?}");
        }
    }
}
