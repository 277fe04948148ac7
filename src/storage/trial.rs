//! [`Trial`]: what of a mount works, step by step, and what to do about the first thing that does not.

use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use url::Url;

use super::error::StorageError;
use super::location::Location;
use super::mounts::Mounts;
use super::remote::{Failure, RemoteError, reach};
use super::store::Entry;
use crate::digest::Digester;
use crate::error::{Error, Result};

/// How much of a file is read.
const MOST: u64 = 64 << 10;
/// What is written, and read back.
const WRITTEN: &[u8] = b"sheaf mount test\n";

/// A step of a trial.
#[derive(Debug)]
pub struct Step {
    /// What was tried: `name`, `connection`, `TLS`, `credentials`, `container`, `list`, `read`, `write`.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
}

/// What comes of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It works; with what was found.
    Works(String),
    /// It was not tried, and why.
    LeftOut(&'static str),
    /// It does not work; what follows from it is not tried.
    Fails(Error),
}

/// Tries a mount.
pub struct Trial<'a> {
    mounts: &'a Mounts,
    location: Location,
    follow: &'a mut dyn FnMut(Step),
}

impl<'a> Trial<'a> {
    /// Prepares to try what is mounted at `mount_point`; `follow` gets each step as it ends.
    ///
    /// # Errors
    ///
    /// Nothing is mounted there.
    pub fn new(mounts: &'a Mounts, mount_point: &str, follow: &'a mut dyn FnMut(Step)) -> Result<Self> {
        Ok(Self {
            location: mounts.resolve(mount_point)?,
            mounts,
            follow,
        })
    }

    /// Tries everything up to the first step that does not work; returns whether all of it does.
    ///
    /// A file is written, read back and removed, unless it `only_reads`.
    pub fn run(mut self, only_reads: bool) -> bool {
        (!self.location.is_remote() || self.reaches()) && self.lists() && self.writes(only_reads)
    }

    /// Looks for the host, and whether it answers.
    fn reaches(&mut self) -> bool {
        let address = Url::parse(&self.location.address()).ok();
        let parts = address.as_ref().and_then(|address| {
            let host = address.host_str()?.to_owned();
            Some((address, host, address.port_or_known_default()?))
        });
        let Some((address, host, port)) = parts else {
            self.pass("name", "it has no host of its own");
            return true;
        };
        let begun = Instant::now();
        let addresses = match reach::look_up(&host, port) {
            Ok(addresses) => addresses,
            Err(error) => return self.fails("name", begun, self.described("opened", error)),
        };
        let first = addresses.first().map(|address| address.ip().to_string());
        self.works("name", begun, format!("{host} is {}", first.unwrap_or_default()));
        let begun = Instant::now();
        match reach::connect(&host, addresses) {
            Ok(address) => self.works("connection", begun, address.to_string()),
            Err(error) => return self.fails("connection", begun, self.described("opened", error)),
        }
        if address.scheme() != "https" {
            self.pass("TLS", "this service of this machine has none");
            return true;
        }
        let begun = Instant::now();
        match reach::answers(address) {
            Ok(()) => {
                self.works("TLS", begun, "the certificate is good".to_owned());
                true
            }
            Err(error) => self.fails("TLS", begun, self.described("opened", error)),
        }
    }

    /// Lists, which shows whether the credentials and the container are right, and reads from a file.
    fn lists(&mut self) -> bool {
        let (begun, is_remote) = (Instant::now(), self.location.is_remote());
        let first = self.location.store().walk(self.location.inner()).next();
        let entry = match first {
            None => None,
            Some(Ok(entry)) => Some(entry),
            Some(Err(error)) => match failure(&error) {
                Some(Failure::Unsupported { .. }) => {
                    for step in ["credentials", "list", "read"] {
                        self.pass(
                            step,
                            "a web server does not list what it has: read a file by its name",
                        );
                    }
                    return true;
                }
                found => {
                    let step = step_of(found.as_ref());
                    for earlier in ["credentials", "container"] {
                        if is_remote && earlier != step && (earlier == "credentials" || step == "list") {
                            self.works(earlier, begun, String::new());
                        }
                    }
                    return self.fails(step, begun, self.described("listed", error));
                }
            },
        };
        if is_remote {
            self.works("credentials", begun, self.proof());
            self.works("container", begun, String::new());
        } else {
            self.works("folder", begun, self.location.address());
        }
        let listed = match &entry {
            Some(entry) => format!("such as {}", entry.name),
            None => "it is empty".to_owned(),
        };
        self.works("list", begun, listed);
        self.reads(entry)
    }

    fn reads(&mut self, entry: Option<Entry>) -> bool {
        let Some(entry) = entry.filter(|entry| !entry.is_folder()) else {
            self.pass("read", "there is no file to read");
            return true;
        };
        let begun = Instant::now();
        let name = format!("{}/{}", self.location.name(), entry.name);
        let file = self.location.join(name, &entry.name);
        let read = file.open_range(0..MOST).and_then(|mut reader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)
        });
        match read {
            Ok(count) => {
                self.works("read", begun, format!("{count} bytes of {}", entry.name));
                true
            }
            Err(error) => self.fails(
                "read",
                begun,
                StorageError::from_io(file.name(), "read", error).into(),
            ),
        }
    }

    /// Writes a small file, reads it back and removes it.
    fn writes(&mut self, only_reads: bool) -> bool {
        if only_reads {
            self.pass("write", "--read-only");
            return true;
        }
        let begun = Instant::now();
        let name = format!("sheaf-mount-test-{}", Digester::unique().finish().short());
        let name = format!("{}/{name}", self.location.name());
        match self.write(&name) {
            Ok(()) => {
                self.works("write", begun, "written, read back and removed".to_owned());
                true
            }
            Err(error) => {
                let is_read_only = matches!(
                    &error,
                    StorageError::Remote { error, .. } if matches!(error.failure, Failure::ReadOnly)
                );
                if is_read_only {
                    self.pass("write", "such a place is for reading alone");
                    return true;
                }
                self.fails("write", begun, error.into())
            }
        }
    }

    fn write(&self, name: &str) -> Result<(), StorageError> {
        let file = self.mounts.locate(name)?;
        let failed = |doing| move |error: io::Error| StorageError::from_io(name, doing, error);
        let mut writer = file.create(false)?;
        writer.put(WRITTEN)?;
        writer.commit()?;
        let read = file.bytes().map_err(failed("read"));
        let removed = file.store().delete(file.inner()).map_err(failed("removed"));
        if read? != WRITTEN {
            let reason = io::Error::other("what was read back is not what was written");
            return Err(failed("read")(reason));
        }
        removed
    }

    /// Says what proves to the store who asks.
    fn proof(&self) -> String {
        let sends = self.location.store().sends();
        let proofs: Vec<String> = sends.iter().map(|sending| sending.proof.to_string()).collect();
        if proofs.is_empty() {
            "none are needed".to_owned()
        } else {
            proofs.join(", ")
        }
    }

    fn described(&self, doing: &'static str, error: io::Error) -> Error {
        StorageError::from_io(self.location.name(), doing, error).into()
    }

    fn works(&mut self, name: &'static str, begun: Instant, found: String) {
        self.step(name, Outcome::Works(found), begun.elapsed());
    }

    fn pass(&mut self, name: &'static str, why: &'static str) {
        self.step(name, Outcome::LeftOut(why), Duration::ZERO);
    }

    fn fails(&mut self, name: &'static str, begun: Instant, error: Error) -> bool {
        self.step(name, Outcome::Fails(error), begun.elapsed());
        false
    }

    fn step(&mut self, name: &'static str, outcome: Outcome, time: Duration) {
        (self.follow)(Step { name, outcome, time });
    }
}

/// Finds what a store says is wrong.
fn failure(error: &io::Error) -> Option<Failure> {
    let remote = error.get_ref()?.downcast_ref::<RemoteError>()?;
    Some(remote.failure.clone())
}

/// Returns the step that a failure belongs to, of those that one request shows.
fn step_of(failure: Option<&Failure>) -> &'static str {
    match failure {
        Some(
            Failure::WrongCredentials
            | Failure::NoCredentials
            | Failure::Expired { .. }
            | Failure::ClockSkew { .. }
            | Failure::Firewall
            | Failure::Secret(_)
            | Failure::Identity { .. }
            | Failure::Setting { .. },
        ) => "credentials",
        Some(Failure::NoContainer) => "container",
        _ => "list",
    }
}
