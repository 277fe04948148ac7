//! [`Connection`]: a named way to a database, and the session that it has open.

mod again;
mod lent;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::DRIVERS;
use super::database::{Database, Driver};
use super::error::DatabaseError;
use super::known_tables::{self, KnownTable, KnownTables};
use super::pool::{Lease, Pool};
use super::rehearsal::Rehearsal;
use super::target::Target;
use crate::error::{Kind, Problem as _};
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

impl Place {
    /// Writes it without user, password and parameters.
    fn shown(&self) -> String {
        match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::File(file) => format!("sqlite:{file}"),
            Self::Server(address) => address.shown(),
        }
    }
}

/// A named way to a database: one session, opened when it is first used, and closed when nothing uses it any more.
pub struct Connection {
    name: String,
    url: String,
    user: Option<String>,
    password: Option<String>,
    driver: &'static Driver,
    place: Place,
    /// How long anything that is asked of it may take.
    timeout: Option<Duration>,
    session: Mutex<Option<Box<dyn Database>>>,
    known: KnownTables,
    rehearsing: Mutex<Rehearsing>,
    /// Whether statements may have left something in the session for those behind them.
    has_state: AtomicBool,
    /// Where the session goes with the end of this, where it is one of a pool.
    lease: Mutex<Option<Lease>>,
}

/// Whether nothing that is done in a session may last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Rehearsing {
    /// It lasts.
    #[default]
    Not,
    /// It does not, in the session that is opened next.
    Wanted,
    /// It does not, in the session that was opened: what was done in that is lost with it.
    Begun,
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
        let name = owned(name).unwrap_or_else(|| place.shown());
        Ok(Self {
            name,
            url: text.to_owned(),
            user: owned(user),
            password: owned(password),
            driver,
            place,
            timeout: None,
            session: Mutex::default(),
            known: KnownTables::default(),
            rehearsing: Mutex::default(),
            has_state: AtomicBool::default(),
            lease: Mutex::default(),
        })
    }

    /// Bounds how long a query, a statement or a load may take, from its beginning to its end.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns how long anything that is asked of it may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns whether its password is a text, where a reference to a secret could be.
    pub fn has_written_password(&self) -> bool {
        match &self.place {
            Place::Server(address) => address.has_written_password(),
            Place::Memory | Place::File(_) => false,
        }
    }

    /// Returns its name: the one it was given, or its URL without user, password and parameters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its URL without user, password and parameters.
    pub fn shown(&self) -> String {
        self.place.shown()
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

    /// Returns whether it leads to the database that another one leads to; `locate` finds files.
    ///
    /// A file is the same by whatever name it is reached; a database in memory is that of one connection.
    pub fn leads_where(&self, other: &Self, locate: &dyn Fn(&str) -> Option<PathBuf>) -> bool {
        match (&self.place, &other.place) {
            (Place::File(one), Place::File(other)) => {
                let real = |name: &str| locate(name).map(|path| real_path(&path));
                one == other || real(one).is_some_and(|one| Some(one) == real(other))
            }
            (Place::Server(_), Place::Server(_)) => self.written() == other.written(),
            (Place::Memory, Place::Memory) => self.name == other.name && self.written() == other.written(),
            _ => false,
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
        self.open_or_take(target, None, interrupt)
    }

    /// Opens a session where none is, or takes one of a pool, to which it goes back with the end of this.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::open`].
    pub fn open_from(
        &self,
        pool: &Pool,
        target: &Target,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        self.open_or_take(target, Some(pool), interrupt)
    }

    fn open_or_take(
        &self,
        target: &Target,
        pool: Option<&Pool>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        let mut session = self.lock();
        if session.is_none() {
            let mut rehearsing = self.rehearsing.lock().unwrap_or_else(PoisonError::into_inner);
            if *rehearsing == Rehearsing::Begun {
                return Err(DatabaseError::Usage {
                    reason: "the session of the debug run has ended, and what it had done is lost".to_owned(),
                    hint: "run it again".to_owned(),
                });
            }
            let pool = pool.filter(|_| *rehearsing == Rehearsing::Not);
            let opened = self.session_of(pool, target, interrupt);
            let opened = opened.map_err(|error| self.told(error))?;
            self.has_state.store(false, Ordering::Relaxed);
            *session = Some(if *rehearsing == Rehearsing::Wanted {
                *rehearsing = Rehearsing::Begun;
                Box::new(Rehearsal::new(opened))
            } else {
                opened
            });
        }
        Ok(())
    }

    /// Lets nothing last of what is done in the session that is opened next: it ends with the connection, and not before.
    pub fn rehearse(&self) {
        let mut rehearsing = self.rehearsing.lock().unwrap_or_else(PoisonError::into_inner);
        if *rehearsing == Rehearsing::Not {
            *rehearsing = Rehearsing::Wanted;
        }
    }

    /// Returns whether the database is there when no session is open.
    pub fn is_lasting(&self) -> bool {
        !matches!(self.place, Place::Memory)
    }

    /// Names the server as it is written, with a reference, where its host is the value of a secret.
    fn told(&self, error: DatabaseError) -> DatabaseError {
        match (error, &self.place) {
            (
                DatabaseError::Connect {
                    reason,
                    hint,
                    is_away,
                    ..
                },
                Place::Server(address),
            ) if address.host().is_none() => DatabaseError::Connect {
                database: format!("{} at {}", self.driver.name, address.shown()),
                reason,
                hint,
                is_away,
            },
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

    /// Does `work` for as long as it may take; what takes longer is stopped as an interruption stops it, also on a server.
    ///
    /// The time is this side's: it means the same for every database, and for all statements of a load together.
    ///
    /// # Errors
    ///
    /// Those of the work; its time has run out.
    pub fn in_time<T>(
        &self,
        interrupt: &Interrupt,
        work: impl FnOnce(&Interrupt) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let limit = self
            .timeout
            .and_then(|time| Some((time, Instant::now().checked_add(time)?)));
        let Some((timeout, deadline)) = limit else {
            return work(interrupt);
        };
        work(&interrupt.until(deadline)).map_err(|error| {
            let is_late =
                error.kind() == Kind::Interrupted && !interrupt.is_set() && Instant::now() >= deadline;
            if is_late {
                DatabaseError::TimedOut {
                    database: self.driver.name,
                    timeout,
                }
            } else {
                error
            }
        })
    }

    /// Returns the tables and columns that are known, for who is typing: nothing is opened, and nobody waits longer than
    /// `patience`.
    ///
    /// An open session is asked again on another thread, while no cell uses it; until it has answered, what it said before
    /// counts.
    pub fn known_tables(self: &Arc<Self>, patience: Duration) -> Arc<Vec<KnownTable>> {
        if self.known.begin() {
            let (sender, receiver) = sync_channel(1);
            let asked = Arc::clone(self);
            let asking = thread::Builder::new().name("tables".to_owned()).spawn(move || {
                let told = asked.ask_tables();
                asked.known.end(told);
                // Who typed does not wait any more.
                let _ = sender.send(());
            });
            match asking {
                Ok(_) => {
                    let _ = receiver.recv_timeout(patience);
                }
                Err(_) => self.known.end(None),
            }
        }
        self.known.all()
    }

    /// Asks an open session that no cell uses for its tables.
    fn ask_tables(&self) -> Option<Vec<KnownTable>> {
        let known = self.known.all();
        let mut session = self.session.try_lock().ok()?;
        known_tables::ask(session.as_mut()?.as_mut(), &known).ok()
    }

    /// Closes the session, where one is open.
    pub fn close(&self) {
        let rehearsing = *self.rehearsing.lock().unwrap_or_else(PoisonError::into_inner);
        // Activities that follow have to see what was done.
        if rehearsing != Rehearsing::Begun {
            *self.lock() = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Database>>> {
        self.session.lock().unwrap_or_else(|poisoned| {
            self.session.clear_poison();
            let mut session = poisoned.into_inner();
            // Nobody knows in the middle of what a panic has left it.
            if !session.as_mut().is_some_and(|database| database.recover()) {
                *session = None;
            }
            session
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Returns the path of a file without links, also of one that is not there yet.
fn real_path(path: &Path) -> PathBuf {
    let whole = path.canonicalize();
    let in_folder = || {
        let folder = path.parent()?.canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    whole.ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_a_text_or_a_secret() {
        const SECRET: &str = "{{secrets/db/password}}";
        let of = |url: &str, password: Option<&str>| {
            let connection = Connection::new(url, Some("me"), password, None).unwrap();
            connection.has_written_password()
        };
        let plain = "postgresql://db.example.com/titanic";
        assert!(of(plain, Some("open")));
        assert!(!of(plain, Some(SECRET)));
        assert!(!of(plain, Some("")));
        assert!(!of(plain, None));
        assert!(of(&format!("jdbc:{plain}?password=open"), None));
        assert!(!of(&format!("jdbc:{plain}?password={SECRET}"), None));
        // Nobody needs one.
        assert!(!of("sqlite:/mnt/data/x.db", Some("open")));
    }

    #[test]
    fn a_file_is_one_database_by_all_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let locate = |name: &str| match name {
            "/mnt/out/a.db" | "out/../out/a.db" => Some(folder.path().join("out/a.db")),
            "far.db" => None,
            name => Some(folder.path().join(name)),
        };
        let of = |url: &str, name: &str| Connection::new(url, None, None, Some(name)).unwrap();
        let same = |one: &str, other: &str| of(one, "x").leads_where(&of(other, "y"), &locate);
        // Before it is there, and then.
        for _ in 0..2 {
            assert!(same("sqlite:/mnt/out/a.db", "sqlite:out/a.db"));
            assert!(same("sqlite:/mnt/out/a.db", "sqlite:out/../out/a.db"));
            std::fs::write(folder.path().join("out/a.db"), "").unwrap();
        }
        assert!(same("sqlite:far.db", "sqlite:far.db"));
        assert!(!same("sqlite:/mnt/out/a.db", "sqlite:a.db"));
        assert!(!same("sqlite:far.db", "sqlite:near.db"));
        let server = "postgresql://db.example.com/titanic";
        assert!(same(server, server) && !same(server, "postgresql://db.example.com/other"));
        // What is in memory is not there for another.
        assert!(!same("sqlite::memory:", "sqlite::memory:"));
        assert!(of("sqlite::memory:", "x").leads_where(&of("sqlite::memory:", "x"), &locate));
        assert!(!same("sqlite::memory:", "sqlite:a.db"));
    }

    #[test]
    fn what_ends_in_time_ends_as_it_does_and_what_is_late_says_so() {
        let connection = |timeout| {
            let connection = Connection::new("sqlite::memory:", None, None, None).unwrap();
            connection.with_timeout(timeout)
        };
        let interrupt = Interrupt::default();
        let until_stopped = |limited: &Interrupt| {
            while !limited.is_set() {
                std::thread::yield_now();
            }
            Err::<(), _>(DatabaseError::Interrupted)
        };
        let short = connection(Some(Duration::from_millis(20)));
        let late = short.in_time(&interrupt, until_stopped).unwrap_err();
        assert!(matches!(late, DatabaseError::TimedOut { .. }), "{late}");
        assert_eq!(short.in_time(&interrupt, |_| Ok(7)).unwrap(), 7);
        // Who stops it is told that it was stopped.
        interrupt.trigger();
        for connection in [short, connection(None)] {
            let stopped = connection.in_time(&interrupt, until_stopped).unwrap_err();
            assert!(matches!(stopped, DatabaseError::Interrupted), "{stopped}");
        }
    }
}
