//! Opening the store of a workspace, where its `sheaf.ron` says that it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::error::ScheduleError;
use super::scheduler::Wake;
use super::store::{Identity, Runs, Server};
use crate::database::{Connection, DatabaseError, OwnSession};
use crate::error::{Error, Problem as _};
use crate::job::Environment;
use crate::secret::{ConnectionResolver, Consent, Origin, Secrets};
use crate::work::Interrupt;
use crate::workspace::{ConnectionDefinition, Workspace};

/// How often a database that is away is asked whether it is there.
const ASKING: Duration = Duration::from_secs(1);

impl Runs {
    /// Opens the store of a workspace, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// Those of opening a file; a connection whose secrets the person has not approved, or a database that cannot be reached.
    pub fn of_workspace(workspace: &Workspace, environment: &Environment) -> Result<Self, Error> {
        match &workspace.runs().store {
            None => Ok(Self::open(&workspace.create_private_dir()?.join(Self::FILE))?),
            Some(name) => Ok(Self::open_first(&Database::of(workspace, environment, name)?)?),
        }
    }

    /// Opens the store of a workspace, and waits for a database that is away until it is there; none where a stop comes first.
    ///
    /// # Errors
    ///
    /// As of [`Runs::of_workspace`]: a database that answers, and lets no one in so, is not waited for.
    pub fn awaited(
        workspace: &Workspace,
        environment: &Environment,
        stop: &Interrupt,
    ) -> Result<Option<Self>, Error> {
        let Some(name) = &workspace.runs().store else {
            return Self::of_workspace(workspace, environment).map(Some);
        };
        let pause = Wake::default();
        let mut told = String::new();
        while !stop.is_set() {
            let opened = Self::open_first(&Database::of(workspace, environment, name)?);
            match opened {
                Err(error @ ScheduleError::Away { may_pass: true, .. }) => {
                    let text = error.to_string();
                    if text != told {
                        tracing::warn!(reason = text, hint = error.hint(), "waits for the store of runs");
                        told = text;
                    }
                    pause.wait(ASKING);
                }
                Ok(runs) => {
                    if !told.is_empty() {
                        tracing::info!("the store of runs is there");
                    }
                    return Ok(Some(runs));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Opens the store of a workspace for who only shows it, while somebody else opens it: until that one says by `is_there` that
    /// it is this workspace's, a database is not asked, and counts as away.
    ///
    /// # Errors
    ///
    /// As of [`Runs::of_workspace`], but for a database that cannot be reached.
    pub fn shown(
        workspace: &Workspace,
        environment: &Environment,
        is_there: &Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        match &workspace.runs().store {
            None => Self::of_workspace(workspace, environment),
            Some(name) => {
                let database = Database::of(workspace, environment, name)?;
                let (way, is_there) = (database.way, Arc::clone(is_there));
                let server = Server::new(name, &database.schema, move |interrupt| {
                    if is_there.load(Ordering::SeqCst) {
                        return way.open(interrupt);
                    }
                    Err(DatabaseError::Connect {
                        database: format!("{:?}", way.name),
                        reason: "it has not answered yet".to_owned(),
                        hint: "the log of `sheaf serve` says why".to_owned(),
                        is_away: true,
                    })
                });
                Ok(Self::open_later(server)?)
            }
        }
    }

    fn open_first(database: &Database) -> Result<Self, ScheduleError> {
        let way = Arc::clone(&database.way);
        let server = Server::new(&way.name.clone(), &database.schema, move |interrupt| {
            way.open(interrupt)
        });
        Self::open_in(server, &database.identity)
    }

    /// Opens the store of a workspace; a file that is not there is not made.
    ///
    /// # Errors
    ///
    /// As of [`Runs::of_workspace`].
    pub fn existing(workspace: &Workspace, environment: &Environment) -> Result<Option<Self>, Error> {
        let is_missing = || !workspace.private_dir().join(Self::FILE).exists();
        if workspace.runs().store.is_none() && is_missing() {
            return Ok(None);
        }
        Self::of_workspace(workspace, environment).map(Some)
    }
}

/// The store of a workspace in a database.
struct Database {
    way: Arc<Way>,
    schema: String,
    identity: Identity,
}

impl Database {
    fn of(workspace: &Workspace, environment: &Environment, name: &str) -> Result<Self, Error> {
        let definition = workspace.connections().get(name).cloned();
        // The file was checked when it was read.
        let definition = definition.ok_or_else(|| DatabaseError::UnknownName {
            name: name.to_owned(),
            known: workspace.connections().keys().cloned().collect(),
        })?;
        let identity = Identity::of(workspace.root(), &workspace.create_private_dir()?)?;
        let caller = Arc::clone(&environment.caller);
        let way = Way {
            name: name.to_owned(),
            definition,
            secrets: workspace.secrets(environment.state_folder.as_deref(), caller),
            consent: Consent::default(),
        };
        // What has to be approved first is told as it is elsewhere.
        way.check()?;
        Ok(Self {
            way: Arc::new(way),
            schema: workspace.runs().schema.clone(),
            identity,
        })
    }
}

/// How a named connection leads to its database.
struct Way {
    name: String,
    definition: ConnectionDefinition,
    secrets: Arc<Secrets>,
    consent: Consent,
}

impl Way {
    fn check(&self) -> Result<(), Error> {
        self.resolved(|_, _| Ok(()))?;
        Ok(())
    }

    /// Opens a session; secrets are asked for each time, for they may change.
    fn open(&self, interrupt: &Interrupt) -> Result<OwnSession, DatabaseError> {
        self.resolved(|connection, resolver| {
            let target = connection.target(resolver, |_| Err(DatabaseError::Closed))?;
            OwnSession::open(&target, interrupt)
        })
    }

    fn resolved<T>(
        &self,
        work: impl FnOnce(&Connection, &ConnectionResolver<'_>) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let (user, password) = (
            self.definition.user.as_deref(),
            self.definition.password.as_deref(),
        );
        let connection = Connection::new(&self.definition.url, user, password, Some(&self.name))?;
        let sendings = self.definition.sendings().map_err(DatabaseError::file)?;
        let origin = Origin {
            command: Some("the store of runs".to_owned()),
            ..Origin::default()
        };
        let resolver = ConnectionResolver::new(&self.secrets, &self.consent, &self.name, sendings, &origin);
        crate::secret::Resolver::check(&resolver).map_err(DatabaseError::from)?;
        work(&connection, &resolver)
    }
}
