//! What a running cell may use of the world, and where what it shows goes.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use starlark::any::ProvidesStaticType;
use starlark::environment::Module;
use starlark::eval::Evaluator;
use starlark::values::{OwnedFrozenValue, Value};

use super::around::Around;
use super::child::{Child, Inherited, Launch, NoLauncher};
use super::connections::Connections;
use super::grants::Grants;
use super::kept_rows::KeptRows;
use super::limits::Limits;
use super::show::Show;
use super::surroundings::Surroundings;
use super::task_values::TaskValues;
use crate::cache::{Act, FileRead, Ledger, Resource, Version};
use crate::database::DatabaseError;
use crate::describe::{Catalogue, Documented};
use crate::digest::Digest;
use crate::error::Problem;
use crate::output::{Output, Warning};
use crate::parameters::{WidgetError, Widgets};
use crate::secret::{
    Consent, Destination, Origin, Reference, Resolver as _, SecretError, SecretValue, Secrets, Template,
};
use crate::source::CellError;
use crate::storage::{Location, Mounts, PRIVATE_FOLDER, StorageError, create_folders};
use crate::work::Interrupt;
use crate::workspace::ConnectionDefinition;

/// What carries the end of a notebook through the language; no one sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the notebook has ended")]
pub struct Exit;

impl Problem for Exit {}

/// What a running cell may use of the world.
///
/// Builtins reach it through the evaluator and touch nothing else, so Sheaf knows what a cell read and wrote.
#[derive(Debug, ProvidesStaticType)]
pub struct CellContext {
    pub(super) documented: Arc<dyn Documented>,
    pub(super) mounts: Arc<Mounts>,
    pub(super) interrupt: Interrupt,
    pub(super) surroundings: Surroundings,
    pub(super) shell: bool,
    pub(super) secrets: Arc<Secrets>,
    /// The secrets that cells of the session got.
    pub(super) grants: Grants,
    pub(super) consent: Consent,
    /// The named connections of the session.
    pub(super) connections: Connections,
    /// Where rows of queries are kept that a cell lets be served again.
    pub(super) kept_rows: KeptRows,
    /// Who asks for secrets: the notebook and the cell.
    pub(super) origin: Origin,
    /// What it takes to run other notebooks.
    pub(super) launch: Launch,
    /// What `dbutils.notebook.exit` was given; shared with the cells of notebooks that are included.
    pub(super) exit: Arc<Mutex<Option<String>>>,
    pub(super) widgets: Arc<Mutex<Widgets>>,
    pub(super) show: Show,
    /// When the cell began in the resumed run, where it did not end there.
    pub(super) begun: Option<SystemTime>,
    /// What names this run of the cell, where it can be resumed.
    pub(super) run: Option<String>,
    /// How many ids were made of that; shared with the cells of notebooks that are included.
    pub(super) ids: Arc<AtomicU64>,
    pub(super) ledger: Mutex<Ledger>,
    /// The files that the cells which this one depends on have read.
    pub(super) inherited: Vec<FileRead>,
    /// The names that are bound above and below.
    pub(super) around: Around,
    /// The names that are bound above with the kinds of their values, where the cell asks for them.
    pub(super) kinds: BTreeMap<String, String>,
    /// Those of cells that are included with it, which are nearer.
    pub(super) kinds_within: BTreeMap<String, String>,
    /// The values of the cell's inputs.
    pub(super) inputs: BTreeMap<String, OwnedFrozenValue>,
}

impl CellContext {
    /// Creates a context without cells around it, a world or a listener: for evaluating what touches nothing.
    pub(crate) fn nowhere(documented: Arc<dyn Documented>, interrupt: Interrupt) -> Self {
        let mounts = Arc::new(Mounts::new(""));
        Self {
            documented,
            surroundings: Surroundings::of_folder(&mounts, mounts.root()),
            mounts,
            interrupt,
            shell: false,
            secrets: Arc::new(Secrets::none()),
            grants: Grants::default(),
            consent: Consent::default(),
            connections: Connections::default(),
            kept_rows: KeptRows::default(),
            origin: Origin::default(),
            launch: Launch {
                launcher: Arc::new(NoLauncher),
                limits: Limits::default(),
                task_values: None,
            },
            exit: Arc::default(),
            widgets: Arc::default(),
            show: Show(Arc::new(drop)),
            begun: None,
            run: None,
            ids: Arc::default(),
            ledger: Mutex::default(),
            inherited: Vec::new(),
            around: Around::default(),
            kinds: BTreeMap::new(),
            kinds_within: BTreeMap::new(),
            inputs: BTreeMap::new(),
        }
    }

    /// Returns the files that the running cell, or a cell it depends on, has read so far.
    ///
    /// Remembers that the cell made something which names them.
    pub fn lineage(&self) -> Vec<Location> {
        self.notes_lineage();
        self.files_read().into_iter().map(|file| file.location).collect()
    }

    /// Remembers that the cell made something which names the files that cells above have read.
    pub(super) fn notes_lineage(&self) {
        let files = Version::of_files(&self.inherited);
        self.ledger().read.insert(Resource::Lineage, files);
    }

    /// Sets the bounds, the context and the stop flag of an evaluator.
    pub(crate) fn bound_evaluator<'a>(
        &'a self,
        evaluator: &mut Evaluator<'_, 'a, '_>,
        limits: Limits,
    ) -> anyhow::Result<()> {
        evaluator.extra = Some(self);
        evaluator.set_max_heap_size(limits.heap)?;
        evaluator.set_max_callstack_size(limits.calls)?;
        evaluator.set_check_cancelled(Box::new(|| self.interrupt().is_set()));
        Ok(())
    }

    /// Returns the mounts of the session.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Returns a folder of the workspace for files that only the process itself needs, and makes it where it is missing.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn scratch(&self) -> Result<PathBuf, StorageError> {
        let folder = self.mounts.root().join(PRIVATE_FOLDER).join("scratch");
        create_folders(&folder).map_err(|error| StorageError::from_io(".sheaf/scratch", "written", error))?;
        Ok(folder)
    }

    /// Returns the flag that long work has to watch.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Returns where relative notebook names start, and which notebooks are being included.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Returns all that is known of the builtins of the cells' language.
    pub fn catalogue(&self) -> &Catalogue {
        self.documented.catalogue()
    }

    /// Returns whether cells may run shell commands.
    pub fn allows_shell(&self) -> bool {
        self.shell
    }

    /// Returns the secrets of the workspace.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns who asks for a secret, for the audit log.
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// Gets a reference to a secret, once it is there and this person may read it: from now on, sinks of the session
    /// resolve it.
    ///
    /// # Errors
    ///
    /// There is no such scope or secret, it was not approved, it may not be read, or its store does not answer.
    pub fn secret(&self, reference: &Reference) -> Result<(), SecretError> {
        let granted = self.secrets.get(reference, &self.origin)?;
        let mut ledger = self.ledger();
        let secret = Resource::Secret(reference.clone());
        ledger.read.insert(secret, Version::Keyed(granted.fingerprint));
        ledger.grants.insert(reference.clone());
        drop(ledger);
        self.grants.add(reference.clone());
        Ok(())
    }

    /// Returns a text with the values of the references in it, for a sink that sends it to `destination`.
    ///
    /// # Errors
    ///
    /// A secret that no cell of the session got, that may not go there, or that is not there any more.
    pub fn resolve(&self, text: &str, destination: &Destination) -> Result<SecretValue, SecretError> {
        let template = Template::of(text);
        let references = template.references().cloned().collect();
        let values = self.values(&references, destination)?;
        let missing = || {
            template
                .references()
                .find(|reference| !values.contains_key(*reference))
        };
        template.fill(&values).ok_or_else(|| match missing() {
            Some(reference) => SecretError::NotGranted {
                reference: reference.clone(),
            },
            None => SecretError::NoStateFolder,
        })
    }

    /// Notes that the notebook ends here with `value`; the builtin that was asked to has to return the error.
    pub fn exit(&self, value: String) -> Exit {
        *self.exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        // A cache could not end the notebook.
        self.acts(Act::Exited);
        Exit
    }

    /// Returns what the notebook ended with, where the cell ended it.
    pub(super) fn exit_value(&self) -> Option<String> {
        let exit = self.exit.lock().unwrap_or_else(PoisonError::into_inner);
        exit.clone()
    }

    /// Returns where the tasks of a job leave each other values; `None` outside a job.
    pub fn task_values(&self) -> Option<&dyn TaskValues> {
        // What other tasks have left can change.
        self.acts(Act::Looked);
        self.launch.task_values.as_deref()
    }

    /// Runs a notebook in a session of its own, and returns what it ended with, or nothing where it came to its end.
    ///
    /// An error of one of its cells names that cell. Warns of arguments that it has no use for.
    pub fn run_child(&self, child: &Child) -> Result<Option<String>, CellError> {
        self.reads(&child.location);
        self.acts(Act::Called);
        let inherited = Inherited {
            surroundings: self.surroundings.child(&child.location),
            interrupt: self.interrupt.clone(),
            limits: self.launch.limits,
            shell: self.shell,
            secrets: Arc::clone(&self.secrets),
            connections: self.connections.apart(),
            consent: self.consent.clone(),
            task_values: self.launch.task_values.clone(),
        };
        let warn = |text: String| self.warn(text);
        let end = self.launch.launcher.run(child, inherited, &warn);
        for ledger in end.ledgers {
            self.takes_over(ledger);
        }
        end.result
    }

    /// Runs `change` on the widgets as the cell sees them.
    pub fn widgets<T>(&self, change: impl FnOnce(&mut Widgets) -> T) -> T {
        change(&mut self.widgets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the value of a widget, and remembers that the cell asked for it.
    pub fn widget(&self, name: &str) -> Result<String, WidgetError> {
        let value = self.widgets(|widgets| widgets.get(name));
        let version = value
            .as_ref()
            .ok()
            .cloned()
            .map_or(Version::Absent, Version::Text);
        self.ledger()
            .read
            .insert(Resource::Widget(name.to_owned()), version);
        value
    }

    /// Returns the values of all widgets, by name, and remembers that the cell asked for them.
    pub fn all_widgets(&self) -> BTreeMap<String, String> {
        let all = self.widgets(|widgets| widgets.all());
        let read = &mut self.ledger().read;
        let names = all.keys().cloned().collect();
        read.insert(Resource::WidgetNames, Version::Names(names));
        for (name, value) in &all {
            read.insert(Resource::Widget(name.clone()), Version::Text(value.clone()));
        }
        all
    }

    /// Returns the value that `name` has now in the running cell's module: bound by the cell, or by one above.
    pub fn bound<'v>(&self, module: &Module<'v>, name: &str) -> Option<Value<'v>> {
        // A module keeps names that begin with `_` to itself; those from above are known here.
        module.get(name).or_else(|| {
            self.inputs
                .get(name)
                .map(|value| module.heap().access_owned_frozen_value(value))
        })
    }

    /// Returns every name that is bound above, whether or not the cell reads it, sorted.
    pub fn names_above(&self) -> Vec<String> {
        self.around.names_above()
    }

    /// Returns the names above that are bound to values of `kind`, sorted, and remembers that the cell asked for them.
    ///
    /// Knows of none unless the cell's analysis says that it lists names.
    pub fn names_of(&self, kind: &str) -> Vec<String> {
        let above = self.kinds.iter().filter(|(_, other)| *other == kind);
        let above: Vec<String> = above.map(|(name, _)| name.clone()).collect();
        let asked = Resource::NamesOf(kind.to_owned());
        self.ledger().read.insert(asked, Version::Names(above.clone()));
        let nearer = self.kinds_within.iter().filter(|(_, other)| *other == kind);
        let hidden = |name: &String| self.kinds_within.contains_key(name);
        let mut all: Vec<String> = above.into_iter().filter(|name| !hidden(name)).collect();
        all.extend(nearer.map(|(name, _)| name.clone()));
        all.sort();
        all
    }

    /// Shows `output` under the cell, after what was shown before.
    pub fn show(&self, output: Output) {
        (self.show.0)(output);
    }

    /// Shows a warning about the cell as a whole.
    pub fn warn(&self, message: impl Into<String>) {
        self.show(Output::Warning(Warning {
            message: message.into(),
            place: None,
        }));
    }

    /// Remembers that the cell reads `location`, as it is now.
    pub fn reads(&self, location: &Location) {
        self.reads_as(FileRead::of(location));
    }

    /// Remembers that the cell looks for the names that match `pattern`, and finds `found`.
    pub fn globs(&self, pattern: &str, found: &[Location]) {
        let names = found.iter().map(|location| location.name().to_owned());
        let names = Version::Names(names.collect());
        self.ledger()
            .read
            .insert(Resource::Glob(pattern.to_owned()), names);
    }

    /// Remembers that the cell reads the newest version of a table, whichever that is.
    pub fn reads_newest(&self, table: &Location, version: u64) {
        let (newest, version) = (Resource::Newest(table.name().to_owned()), version.to_string());
        self.ledger().read.insert(newest, Version::Text(version));
    }

    /// Returns the named connections of the session.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Returns what `sheaf.ron` says of a connection, and remembers that the cell asked for it.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub fn connection(&self, name: &str) -> Result<&ConnectionDefinition, DatabaseError> {
        let definition = self.connections.definition(name)?;
        let (asked, described) = (Resource::Connection(name.to_owned()), definition.described());
        self.ledger().read.insert(asked, Version::Text(described));
        Ok(definition)
    }

    /// Remembers that the cell has asked a database, and what rows it got.
    pub fn queries(&self, connection: &str, sql: String, count: u64, digest: Digest) {
        let query = Resource::Query {
            connection: connection.to_owned(),
            sql,
        };
        let version = Version::Rows { count, digest };
        self.ledger().read.insert(query, version);
    }

    /// Returns whether a file may be one that the cell has written itself, in a run that was interrupted before it ended and
    /// that is resumed: then it is to be replaced, whatever the cell says of files that exist.
    pub fn has_written(&self, location: &Location) -> bool {
        let modified = location.version().and_then(|version| version.modified);
        match (self.begun, modified) {
            (Some(begun), Some(modified)) => modified >= begun,
            _ => false,
        }
    }

    /// Returns an id for the next thing that the cell does and that is to be done once: a run that is resumed makes the same
    /// ids in the same order. `None` where the run cannot be resumed.
    pub fn next_run_id(&self) -> Option<String> {
        let run = self.run.as_ref()?;
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        Some(format!("{run}-{number}"))
    }

    /// Remembers that the cell has written `location`.
    pub fn writes(&self, location: &Location) {
        let mut ledger = self.ledger();
        ledger.acts.insert(Act::Wrote);
        ledger.wrote.insert(location.name().to_owned(), location.clone());
    }

    /// Remembers that the cell does something that running it again would do again.
    pub fn acts(&self, act: Act) {
        self.ledger().acts.insert(act);
    }

    /// Runs `work`, and returns its result and what it alone has read and done, which the cell has then, too.
    pub(super) fn apart<T>(&self, work: impl FnOnce() -> T) -> (T, Ledger) {
        let before = mem::take(&mut *self.ledger());
        let done = work();
        let mut ledger = self.ledger();
        let own = mem::replace(&mut *ledger, before);
        ledger.extend(own.clone());
        (done, own)
    }

    /// Adds what something has read and done that runs within the cell.
    pub(super) fn includes(&self, mut within: Ledger) {
        // The cell inherits less than what runs within it, which also reads what the cell itself has read.
        let is_lineage = within.read.remove(&Resource::Lineage).is_some();
        self.ledger().extend(within);
        if is_lineage {
            self.notes_lineage();
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that the cell reads a file, as it was when something that the cell runs has read it.
    fn reads_as(&self, file: FileRead) {
        let name = file.location.name().to_owned();
        let read = &mut self.ledger().read;
        read.insert_first(Resource::File(name), Version::Seen(file));
    }

    /// Remembers that a file is a library of functions, of which only what it says counts.
    pub(super) fn loads(&self, file: FileRead) {
        let name = file.location.name().to_owned();
        let read = &mut self.ledger().read;
        read.insert_first(Resource::Library(name), Version::Seen(file));
    }

    /// Remembers what something that the cell ran in a session of its own read and did there.
    ///
    /// Its widgets, its folder and its end are its own.
    fn takes_over(&self, mut within: Ledger) {
        within.read.retain(Resource::is_outside);
        within.widget_changes.clear();
        // What it got, only its own sinks resolve.
        within.grants.clear();
        within
            .acts
            .retain(|act| !matches!(act, Act::Declared | Act::Exited));
        self.ledger().extend(within);
    }

    /// Returns the files that this cell, or a cell it depends on, has read so far, by name.
    pub(super) fn files_read(&self) -> Vec<FileRead> {
        let ledger = self.ledger();
        let inherited = self.inherited.iter();
        let inherited = inherited.map(|file| (file.location.name(), file));
        let files: BTreeMap<&str, &FileRead> = inherited.chain(ledger.read.files()).collect();
        files.into_values().cloned().collect()
    }
}
