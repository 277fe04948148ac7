//! `dbutils.widgets`: the parameters of a notebook.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::AllocDict;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::{NoneOr, NoneType};

use super::argument::Parameter;
use super::help;
use crate::cache::Act;
use crate::language::{OrFail, context};
use crate::output::Output;
use crate::parameters::{Widget, WidgetKind, Widgets};
use crate::session::CellContext;

type Choices = UnpackListOrTuple<String>;

/// What the functions that declare a widget are given.
struct Declared<'v> {
    kind: WidgetKind,
    function: &'static str,
    name: &'v str,
    default: (NoneOr<&'v str>, NoneOr<&'v str>),
    choices: Vec<String>,
    label: NoneOr<&'v str>,
}

impl Declared<'_> {
    fn declare(self, context: &CellContext) -> anyhow::Result<NoneType> {
        let Self {
            kind,
            function,
            name,
            default,
            choices,
            label,
        } = self;
        let parameter = Parameter {
            function,
            name: "defaultValue",
            other: "default_value",
        };
        let default = parameter.required(default.0, default.1)?.to_owned();
        let label = label.into_option().map(str::to_owned);
        let widget = Widget {
            kind,
            default,
            choices,
            label,
            pinned: None,
        };
        context.acts(Act::Declared);
        context
            .widgets(|widgets| widgets.declare(name, widget))
            .or_fail()?;
        Ok(NoneType)
    }
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Declares a parameter that takes any text.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.text("day", "2026-01-31", "Day")
    /// dbutils.widgets.get("day")
    /// ```
    fn text<'v>(
        name: &'v str,
        #[starlark(default = NoneOr::None)] defaultValue: NoneOr<&'v str>,
        #[starlark(default = NoneOr::None)] label: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] default_value: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let (kind, function) = (WidgetKind::Text, "dbutils.widgets.text");
        let default = (defaultValue, default_value);
        Declared {
            kind,
            function,
            name,
            default,
            choices: Vec::new(),
            label,
        }
        .declare(context(eval)?)
    }

    /// Declares a parameter that takes one of the choices.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.dropdown("sex", "female", ["female", "male"])
    /// dbutils.widgets.get("sex")
    /// ```
    fn dropdown<'v>(
        name: &'v str,
        #[starlark(default = NoneOr::None)] defaultValue: NoneOr<&'v str>,
        #[starlark(default = Choices::default())] choices: Choices,
        #[starlark(default = NoneOr::None)] label: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] default_value: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let (kind, function) = (WidgetKind::Dropdown, "dbutils.widgets.dropdown");
        let default = (defaultValue, default_value);
        Declared {
            kind,
            function,
            name,
            default,
            choices: choices.items,
            label,
        }
        .declare(context(eval)?)
    }

    /// Declares a parameter that takes one of the choices, or any other text.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.combobox("port", "S", ["S", "C", "Q"], "Port")
    /// dbutils.widgets.get("port")
    /// ```
    fn combobox<'v>(
        name: &'v str,
        #[starlark(default = NoneOr::None)] defaultValue: NoneOr<&'v str>,
        #[starlark(default = Choices::default())] choices: Choices,
        #[starlark(default = NoneOr::None)] label: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] default_value: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let (kind, function) = (WidgetKind::Combobox, "dbutils.widgets.combobox");
        let default = (defaultValue, default_value);
        Declared {
            kind,
            function,
            name,
            default,
            choices: choices.items,
            label,
        }
        .declare(context(eval)?)
    }

    /// Declares a parameter that takes some of the choices, joined by commas.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.multiselect("ports", "S", ["S", "C", "Q"])
    /// dbutils.widgets.get("ports")
    /// ```
    fn multiselect<'v>(
        name: &'v str,
        #[starlark(default = NoneOr::None)] defaultValue: NoneOr<&'v str>,
        #[starlark(default = Choices::default())] choices: Choices,
        #[starlark(default = NoneOr::None)] label: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] default_value: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let (kind, function) = (WidgetKind::Multiselect, "dbutils.widgets.multiselect");
        let default = (defaultValue, default_value);
        Declared {
            kind,
            function,
            name,
            default,
            choices: choices.items,
            label,
        }
        .declare(context(eval)?)
    }

    /// Returns the value of a declared parameter.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// dbutils.widgets.text("day", "2026-01-31")
    /// dbutils.widgets.get("day")
    /// ```
    fn get<'v>(name: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<String> {
        context(eval)?.widget(name).or_fail()
    }

    /// Returns the values of all declared parameters, by name.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.text("day", "2026-01-31")
    /// dbutils.widgets.getAll()
    /// ```
    fn getAll<'v>(eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<AllocDict<Vec<(String, String)>>> {
        Ok(AllocDict(context(eval)?.all_widgets().into_iter().collect()))
    }

    /// Returns the value of a parameter, or the other value if it is not declared; get is the newer form.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.getArgument("day", "no day given")
    /// ```
    fn getArgument<'v>(
        name: &str,
        #[starlark(default = NoneOr::None)] optional: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<String> {
        match (context(eval)?.widget(name), optional) {
            (Err(_), NoneOr::Other(optional)) => Ok(optional.to_owned()),
            (value, _) => value.or_fail(),
        }
    }

    /// Removes a declared parameter.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.text("day", "2026-01-31")
    /// dbutils.widgets.remove("day")
    /// ```
    fn remove<'v>(name: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<NoneType> {
        context(eval)?.acts(Act::Declared);
        context(eval)?.widgets(|widgets| widgets.remove(name)).or_fail()?;
        Ok(NoneType)
    }

    /// Removes all declared parameters.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.widgets.text("day", "2026-01-31")
    /// dbutils.widgets.removeAll()
    /// ```
    fn removeAll<'v>(eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<NoneType> {
        context(eval)?.acts(Act::Declared);
        context(eval)?.widgets(Widgets::remove_all);
        Ok(NoneType)
    }

    /// Shows the commands of dbutils.widgets, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.widgets.help("text")
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.widgets", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}
