//! Opening the store of a workspace, where its `sheaf.ron` says that it is.

use std::sync::Arc;

use super::store::{Identity, Runs, Server};
use crate::database::{Connection, DatabaseError, OwnSession};
use crate::error::Error;
use crate::job::Environment;
use crate::secret::{ConnectionResolver, Consent, Origin, Secrets};
use crate::work::Interrupt;
use crate::workspace::{ConnectionDefinition, Workspace};

impl Runs {
    /// Opens the store of a workspace, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// Those of opening a file; a connection whose secrets the person has not approved, or a database that cannot be reached.
    pub fn of_workspace(workspace: &Workspace, environment: &Environment) -> Result<Self, Error> {
        match &workspace.runs().store {
            None => Ok(Self::open(&workspace.create_private_dir()?.join(Self::FILE))?),
            Some(name) => in_database(workspace, environment, name),
        }
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

fn in_database(workspace: &Workspace, environment: &Environment, name: &str) -> Result<Runs, Error> {
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
    let schema = &workspace.runs().schema;
    let server = Server::new(name, schema, move |interrupt| way.open(interrupt));
    Ok(Runs::open_in(server, &identity)?)
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
