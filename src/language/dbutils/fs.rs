//! `dbutils.fs`: files, folders and mounts.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::{NoneOr, NoneType};

use super::argument::Parameter;
use super::error::DbutilsError;
use super::help;
use super::records::{FileInfoValue, MountInfoValue};
use crate::cache::Act;
use crate::error::Result;
use crate::language::texts::text as text_of;
use crate::language::{OrFail, context};
use crate::output::Output;
use crate::session::CellContext;
use crate::storage::{Configs, Files, MountDefinition};

type ExtraConfigs<'v> = UnpackDictEntries<String, Value<'v>>;

/// Runs a file command so that it can be interrupted.
fn run<T: Send + 'static>(
    context: &CellContext,
    command: impl FnOnce(Files<'_>) -> Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let mounts = context.mounts().clone();
    context
        .interrupt()
        .run(move || command(Files::new(&mounts)))
        .or_fail()?
        .or_fail()
}

/// Remembers that the cell reads what `name` names, if it names one file or folder.
fn reads(context: &CellContext, name: &str) {
    if let Ok(location) = context.mounts().resolve(name) {
        context.reads(&location);
    }
}

/// Remembers that the cell writes what `name` names.
fn writes(context: &CellContext, name: &str) {
    context.acts(Act::Wrote);
    if let Ok(location) = context.mounts().resolve(name) {
        context.writes(&location);
    }
}

/// What `mount` and `updateMount` are given beside the source, by either of its names.
struct MountArguments<'v> {
    function: &'static str,
    mount_point: (NoneOr<&'v str>, NoneOr<&'v str>),
    encryption_type: (NoneOr<&'v str>, NoneOr<&'v str>),
    owner: NoneOr<&'v str>,
    extra_configs: (NoneOr<ExtraConfigs<'v>>, NoneOr<ExtraConfigs<'v>>),
}

impl MountArguments<'_> {
    /// Returns the mount point and the settings, and says which of the rest means nothing for `source`.
    fn check(self, source: &str, context: &CellContext) -> anyhow::Result<(String, MountDefinition)> {
        let Self {
            function,
            mount_point,
            encryption_type,
            owner,
            extra_configs,
        } = self;
        let parameter = |name, other| Parameter {
            function,
            name,
            other,
        };
        let point = parameter("mount_point", "mountPoint").required(mount_point.0, mount_point.1)?;
        let encryption =
            parameter("encryption_type", "encryptionType").either(encryption_type.0, encryption_type.1)?;
        let configs = parameter("extra_configs", "extraConfigs").either(extra_configs.0, extra_configs.1)?;
        let configs = configs.into_iter().flat_map(|configs| configs.entries);
        let configs: Configs = configs.map(|(name, value)| (name, text_of(value))).collect();
        let has_configs = context.mounts().has_configs(source);
        for (name, is_given) in [
            ("encryption_type", encryption.is_some_and(|text| !text.is_empty())),
            ("owner", owner.into_option().is_some_and(|text| !text.is_empty())),
            ("extra_configs", !configs.is_empty() && !has_configs),
        ] {
            if is_given {
                let place = if has_configs {
                    "this kind of store"
                } else {
                    "a local folder"
                };
                context.warn(format!("{function}: {name} is ignored for {place}"));
            }
        }
        let definition = MountDefinition {
            configs: if has_configs { configs } else { Configs::new() },
            ..MountDefinition::of(source)
        };
        Ok((point.to_owned(), definition))
    }

    /// Mounts what the arguments say.
    fn mount(self, source: &str, updates: bool, context: &CellContext) -> anyhow::Result<bool> {
        let function = self.function;
        let (mount_point, definition) = self.check(source, context)?;
        definition.keep_credentials_out_of_text();
        context.mount(&mount_point, &definition, updates).or_fail()?;
        if let Some(credential) = definition.credential_as_text() {
            context.warn(format!(
                "{function}: {credential} is written as text, so this mount ends with the session: only references to \
                 secrets are kept"
            ));
        }
        Ok(true)
    }
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Lists a folder: records with path, name, size and modificationTime; "/mnt" lists the mounts.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.ls("/mnt/data")
    /// ```
    fn ls<'v>(dir: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<FileInfoValue>> {
        let context = context(eval)?;
        reads(context, dir);
        context.acts(Act::Looked);
        let dir = dir.to_owned();
        let listed = run(context, move |files| files.ls(&dir))?;
        Ok(listed.into_iter().map(FileInfoValue).collect())
    }

    /// Returns the beginning of a text file, at most `max_bytes` bytes of it.
    ///
    /// Effect: acts
    /// * `file` (path): the path of a text file
    ///
    /// ```python
    /// dbutils.fs.head("/mnt/data/titanic.csv", 40)
    /// ```
    fn head<'v>(
        file: &str,
        #[starlark(default = 65536)] max_bytes: i32,
        #[starlark(require = named, default = NoneOr::None)] maxBytes: NoneOr<i32>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<String> {
        let context = context(eval)?;
        let value = maxBytes.into_option().unwrap_or(max_bytes);
        let max_bytes = usize::try_from(value)
            .map_err(|_| DbutilsError::Negative {
                parameter: "max_bytes",
                value,
            })
            .or_fail()?;
        reads(context, file);
        let file = file.to_owned();
        let (text, size) = run(context, move |files| {
            let text = files.head(&file, max_bytes)?;
            Ok((text, files.ls(&file)?.first().map_or(0, |info| info.size)))
        })?;
        if size > max_bytes as u64 {
            context.show(Output::Printed(format!("[Truncated to first {max_bytes} bytes]")));
        }
        Ok(text)
    }

    /// Writes text to a file; one that exists is replaced only with overwrite=True.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.put("/mnt/out/note.txt", "a note", overwrite=True)
    /// dbutils.fs.head("/mnt/out/note.txt")
    /// ```
    fn put<'v>(
        file: &str,
        contents: &str,
        #[starlark(default = false)] overwrite: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        let (file, contents) = (file.to_owned(), contents.to_owned());
        let length = contents.len();
        let location = context.mounts().resolve(&file);
        let overwrite = overwrite || location.is_ok_and(|location| context.has_written(&location));
        writes(context, &file);
        let done = run(context, move |files| files.put(&file, &contents, overwrite))?;
        context.show(Output::Printed(format!("Wrote {length} bytes.")));
        Ok(done)
    }

    /// Copies a file, or with recurse=True a folder; files that exist are replaced.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.cp("/mnt/data/titanic.csv", "/mnt/out/copy.csv")
    /// dbutils.fs.rm("/mnt/out/copy.csv")
    /// ```
    fn cp<'v>(
        from: &str,
        to: &str,
        #[starlark(default = false)] recurse: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        reads(context, from);
        writes(context, to);
        let (from, to) = (from.to_owned(), to.to_owned());
        run(context, move |files| files.cp(&from, &to, recurse))
    }

    /// Moves a file, or with recurse=True a folder; files that exist are replaced.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.put("/mnt/out/old.txt", "text", overwrite=True)
    /// dbutils.fs.mv("/mnt/out/old.txt", "/mnt/out/new.txt")
    /// dbutils.fs.rm("/mnt/out/new.txt")
    /// ```
    fn mv<'v>(
        from: &str,
        to: &str,
        #[starlark(default = false)] recurse: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        writes(context, to);
        let (from, to) = (from.to_owned(), to.to_owned());
        run(context, move |files| files.mv(&from, &to, recurse))
    }

    /// Removes a file, or with recurse=True a folder; returns False where nothing was there.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.put("/mnt/out/note.txt", "a note", overwrite=True)
    /// dbutils.fs.rm("/mnt/out/note.txt")
    /// ```
    fn rm<'v>(
        dir: &str,
        #[starlark(default = false)] recurse: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        context.acts(Act::Wrote);
        let dir = dir.to_owned();
        run(context, move |files| files.rm(&dir, recurse))
    }

    /// Creates a folder and those above it.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.mkdirs("/mnt/out/reports")
    /// ```
    fn mkdirs<'v>(dir: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<bool> {
        let context = context(eval)?;
        context.acts(Act::Wrote);
        let dir = dir.to_owned();
        run(context, move |files| files.mkdirs(&dir))
    }

    /// Mounts a place, such as a container of Azure or `file:/some/folder`, as a name under /mnt.
    ///
    /// The mount lasts, until it is unmounted; its settings are kept as references to secrets, and never as values. Mounting
    /// the same again changes nothing. `help("mounts")` says more.
    ///
    /// Effect: acts
    /// * `source` (text): the place, such as wasbs://… or file:/some/folder
    /// * `extra_configs` (secret): settings by name, with secrets from dbutils.secrets.get
    /// * `extraConfigs` (secret): the same
    ///
    /// ```python
    /// dbutils.fs.mkdirs("/mnt/out/place")
    /// dbutils.fs.mount("file:.sheaf/out/place", "/mnt/place")
    /// dbutils.fs.unmount("/mnt/place")
    /// ```
    fn mount<'v>(
        source: &str,
        #[starlark(default = NoneOr::None)] mount_point: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] encryption_type: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] owner: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] extra_configs: NoneOr<ExtraConfigs<'v>>,
        #[starlark(require = named, default = NoneOr::None)] mountPoint: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] encryptionType: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] extraConfigs: NoneOr<ExtraConfigs<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        let arguments = MountArguments {
            function: "dbutils.fs.mount",
            mount_point: (mount_point, mountPoint),
            encryption_type: (encryption_type, encryptionType),
            owner,
            extra_configs: (extra_configs, extraConfigs),
        };
        arguments.mount(source, false, context)
    }

    /// Gives an existing mount point another source and other settings.
    ///
    /// A mount that sheaf.ron names is changed for this session only.
    ///
    /// Effect: acts
    /// * `source` (text): the place, such as wasbs://… or file:/some/folder
    /// * `extra_configs` (secret): settings by name, with secrets from dbutils.secrets.get
    /// * `extraConfigs` (secret): the same
    ///
    /// ```python
    /// dbutils.fs.mkdirs("/mnt/out/place")
    /// dbutils.fs.mount("file:.sheaf/out", "/mnt/place")
    /// dbutils.fs.updateMount("file:.sheaf/out/place", "/mnt/place")
    /// dbutils.fs.unmount("/mnt/place")
    /// ```
    fn updateMount<'v>(
        source: &str,
        #[starlark(default = NoneOr::None)] mount_point: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] encryption_type: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] owner: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] extra_configs: NoneOr<ExtraConfigs<'v>>,
        #[starlark(require = named, default = NoneOr::None)] mountPoint: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] encryptionType: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] extraConfigs: NoneOr<ExtraConfigs<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let context = context(eval)?;
        let arguments = MountArguments {
            function: "dbutils.fs.updateMount",
            mount_point: (mount_point, mountPoint),
            encryption_type: (encryption_type, encryptionType),
            owner,
            extra_configs: (extra_configs, extraConfigs),
        };
        arguments.mount(source, true, context)
    }

    /// Removes a mount; its files stay where they are.
    ///
    /// A mount that sheaf.ron names is removed for this session only.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.mkdirs("/mnt/out/place")
    /// dbutils.fs.mount("file:.sheaf/out/place", "/mnt/place")
    /// dbutils.fs.unmount("/mnt/place")
    /// ```
    fn unmount<'v>(
        #[starlark(default = NoneOr::None)] mount_point: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] mountPoint: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<bool> {
        let parameter = Parameter {
            function: "dbutils.fs.unmount",
            name: "mount_point",
            other: "mountPoint",
        };
        let mount_point = parameter.required(mount_point, mountPoint)?;
        let context = context(eval)?;
        context.acts(Act::Mounted);
        context.mounts().unmount(mount_point).or_fail()?;
        Ok(true)
    }

    /// Lists the mounts: records with mountPoint, source and encryptionType.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.mounts()
    /// ```
    fn mounts<'v>(eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<MountInfoValue>> {
        let context = context(eval)?;
        context.acts(Act::Looked);
        Ok(context
            .mounts()
            .mounts()
            .into_iter()
            .map(MountInfoValue)
            .collect())
    }

    /// Reads again which mounts sheaf.ron names, and which ones other sessions have made.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.fs.refreshMounts()
    /// ```
    fn refreshMounts(eval: &mut Evaluator<'_, '_, '_>) -> anyhow::Result<bool> {
        let context = context(eval)?;
        context.acts(Act::Mounted);
        context.mounts().refresh().or_fail()?;
        Ok(true)
    }

    /// Shows the commands of dbutils.fs, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.fs.help("ls")
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.fs", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}
