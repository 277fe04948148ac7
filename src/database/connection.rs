//! [`Connection`]: a named way to a database, and the session that it has open.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::DRIVERS;
use super::database::{Database, Driver};
use super::error::DatabaseError;
use super::target::Target;
use crate::secret::{Address, Component, Resolver, Template, open};
use crate::work::Interrupt;

/// The scheme of databases that are files.
const FILE: &str = "sqlite:";

/// Where a connection leads, with references where there are secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Memory,
    File(String),
    Server(Box<Address>),
}

/// A named way to a database: one session, opened when it is first used, and closed when nothing uses it any more.
pub struct Connection {
    name: String,
    url: String,
    user: Option<String>,
    password: Option<String>,
    driver: &'static Driver,
    place: Place,
    session: Mutex<Option<Box<dyn Database>>>,
}

impl Connection {
    /// Reads what a cell says of a connection; `user` and `password` may be references.
    ///
    /// # Errors
    ///
    /// No database has URLs like this one, or the URL is wrong. Messages quote nothing of it: a password may be in it.
    pub fn new(
        url: &str,
        user: Option<&str>,
        password: Option<&str>,
        name: Option<&str>,
    ) -> Result<Self, DatabaseError> {
        let text = url.trim();
        let plain = text.strip_prefix("jdbc:").unwrap_or(text);
        let scheme = plain.split_once(':').map_or("", |(scheme, _)| scheme);
        let driver = DRIVERS
            .iter()
            .find(|driver| {
                driver
                    .schemes
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(scheme))
            })
            .ok_or_else(|| DatabaseError::UnknownScheme {
                scheme: scheme.to_owned(),
            })?;
        let place = match plain.get(..FILE.len()) {
            Some(start) if start.eq_ignore_ascii_case(FILE) => {
                // It has no users: what is given for those of a server is not needed, and goes nowhere.
                file_place(plain.get(FILE.len()..).unwrap_or_default())?
            }
            _ => {
                let mut address = Address::parse(text)?;
                for (component, text) in [(Component::User, user), (Component::Password, password)] {
                    if let Some(text) = text {
                        address = address.with(component, Template::of(text))?;
                    }
                }
                Place::Server(Box::new(address))
            }
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let name = owned(name).unwrap_or_else(|| match &place {
            Place::Memory => "sqlite::memory:".to_owned(),
            Place::File(file) => format!("sqlite:{file}"),
            Place::Server(address) => address.shown(),
        });
        Ok(Self {
            name,
            url: text.to_owned(),
            user: owned(user),
            password: owned(password),
            driver,
            place,
            session: Mutex::default(),
        })
    }

    /// Returns its name: the one it was given, or its URL without user, password and parameters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what a person calls this kind of database.
    pub fn database(&self) -> &'static str {
        self.driver.name
    }

    /// Returns the URL, the user and the password that it was made with, in which references stand for secrets.
    pub fn written(&self) -> (&str, Option<&str>, Option<&str>) {
        (&self.url, self.user.as_deref(), self.password.as_deref())
    }

    /// Returns the file that the database is, as cells name it.
    pub fn file(&self) -> Option<&str> {
        match &self.place {
            Place::File(name) => Some(name),
            Place::Memory | Place::Server(_) => None,
        }
    }

    /// Returns whether a session is open.
    pub fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    /// Gets the values that a session needs; `locate` finds files.
    ///
    /// # Errors
    ///
    /// A secret that may not go to the server, or a file that is not on this machine.
    pub fn target(
        &self,
        resolver: &dyn Resolver,
        locate: impl FnOnce(&str) -> Result<PathBuf, DatabaseError>,
    ) -> Result<Target, DatabaseError> {
        Ok(match &self.place {
            Place::Memory => Target::Memory,
            Place::File(name) => Target::File {
                path: locate(name)?,
                name: name.clone(),
            },
            Place::Server(address) => Target::Server(open((**address).clone(), resolver)?),
        })
    }

    /// Opens a session, where none is.
    ///
    /// # Errors
    ///
    /// The database does not let one in, says who one is, or does not answer.
    pub fn open(&self, target: &Target, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let mut session = self.lock();
        if session.is_none() {
            let opened = (self.driver.open)(target, interrupt);
            *session = Some(opened.map_err(|error| self.told(error))?);
        }
        Ok(())
    }

    /// Names the server as it is written, with a reference, where its host is the value of a secret.
    fn told(&self, error: DatabaseError) -> DatabaseError {
        match (error, &self.place) {
            (DatabaseError::Connect { reason, hint, .. }, Place::Server(address))
                if address.host().is_none() =>
            {
                DatabaseError::Connect {
                    database: format!("{} at {}", self.driver.name, address.shown()),
                    reason,
                    hint,
                }
            }
            (error, _) => error,
        }
    }

    /// Runs `work` in the open session; one that has broken is closed, so that the next use opens another.
    ///
    /// # Errors
    ///
    /// Those of the work; none is open.
    pub fn run<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let mut session = self.lock();
        let database = session.as_mut().ok_or(DatabaseError::Closed)?;
        let result = work(database.as_mut());
        let is_lost = match &result {
            Err(DatabaseError::Interrupted) => !database.recover(),
            Err(error) => error.breaks(),
            Ok(_) => false,
        };
        if is_lost {
            *session = None;
        }
        result
    }

    /// Closes the session, where one is open.
    pub fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Database>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Reads what follows `sqlite:`: a path as cells write it, or `:memory:`; `///` before an absolute path is that of `SQLAlchemy`.
fn file_place(rest: &str) -> Result<Place, DatabaseError> {
    let path = match rest.strip_prefix("///") {
        Some(relative) if rest.starts_with("////") => relative,
        Some(relative) => relative,
        None => rest.strip_prefix("//").unwrap_or(rest),
    };
    if !Template::of(path).references().count().eq(&0) {
        return Err(DatabaseError::SecretFile);
    }
    match path {
        "" | ":memory:" => Ok(Place::Memory),
        path => Ok(Place::File(path.to_owned())),
    }
}
