//! The builtin that makes an estimator, such as `LogisticRegression(C=1.0)`: its parameters and its documentation are those
//! of the estimator's line in the list of estimators.

use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::{
    DocFunction, DocItem, DocMember, DocParam, DocParams, DocReturn, DocString, DocStringKind,
};
use starlark::eval::{Arguments, Evaluator, ParametersSpec, ParametersSpecParam};
use starlark::starlark_simple_value;
use starlark::typing::Ty;
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::{
    FrozenValue, NoSerialize, StarlarkValue, UnpackValue, Value, ValueLike, starlark_value,
};

use super::super::arguments::refuse;
use super::OrFail;
use super::estimator::EstimatorValue;
use crate::model::{Class, EstimatorEntry, Setting, Settings};

/// A builtin that makes estimators.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct EstimatorFunction {
    #[allocative(skip)]
    entry: &'static EstimatorEntry,
    #[allocative(skip)]
    parameters: ParametersSpec<FrozenValue>,
}

starlark_simple_value!(EstimatorFunction);

impl EstimatorFunction {
    /// Creates the builtin of an estimator.
    pub(super) fn new(entry: &'static EstimatorEntry) -> Self {
        let names = entry.parameters.iter().map(|parameter| parameter.name);
        Self {
            entry,
            parameters: ParametersSpec::new_named_only(
                entry.name,
                names.map(|name| (name, ParametersSpecParam::Optional)),
            ),
        }
    }
}

impl fmt::Display for EstimatorFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)
    }
}

#[starlark_value(type = "function")]
impl<'v> StarlarkValue<'v> for EstimatorFunction {
    fn invoke(
        &self,
        _me: Value<'v>,
        arguments: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let mut given = vec![None; self.entry.parameters.len()];
        self.parameters.collect(arguments, &mut given, eval.heap())?;
        let settings = settings(self.entry, &given)?;
        let estimator = self.entry.make(&settings).or_fail()?;
        Ok(eval.heap().alloc(EstimatorValue::new(estimator)))
    }

    fn documentation(&self) -> DocItem {
        DocItem::Member(DocMember::Function(documentation(self.entry)))
    }

    fn typechecker_ty(&self) -> Option<Ty> {
        Some(Ty::any())
    }
}

/// Returns the documentation of the builtin of an estimator.
fn documentation(entry: &EstimatorEntry) -> DocFunction {
    let parameter = |of: &crate::model::Parameter| DocParam {
        name: of.name.to_owned(),
        docs: DocString::from_docstring(DocStringKind::Rust, of.meaning),
        typ: Ty::any(),
        default_value: Some(of.default.to_owned()),
    };
    let mut docs = entry.summary.to_owned();
    if !entry.details.is_empty() {
        docs.push_str("\n\n");
        docs.push_str(entry.details);
    }
    docs.push_str(&format!("\n\nEffect: pure\n\n```python\n{}\n```", entry.example));
    DocFunction {
        docs: DocString::from_docstring(DocStringKind::Rust, &docs),
        params: DocParams {
            named_only: entry.parameters.iter().map(parameter).collect(),
            ..DocParams::default()
        },
        ret: DocReturn {
            docs: None,
            typ: Ty::starlark_value::<EstimatorValue>(),
        },
    }
}

fn settings(entry: &EstimatorEntry, given: &[Option<Value<'_>>]) -> anyhow::Result<Settings> {
    let given = entry.parameters.iter().zip(given);
    given
        .filter_map(|(parameter, value)| Some((parameter.name, (*value)?)))
        .map(|(name, value)| Ok((name.to_owned(), setting(value)?)))
        .collect()
}

fn setting(value: Value<'_>) -> anyhow::Result<Setting> {
    if value.is_none() {
        Ok(Setting::Nothing)
    } else if let Some(flag) = value.unpack_bool() {
        Ok(Setting::Flag(flag))
    } else if let Some(text) = value.unpack_str() {
        Ok(Setting::Text(text.to_owned()))
    } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
        Ok(Setting::Number(number.0))
    } else if let Ok(Some(number)) = i64::unpack_value(value) {
        Ok(Setting::Integer(number))
    } else if let Some(weights) = DictRef::from_value(value) {
        let weights = weights
            .iter()
            .map(|(key, weight)| Ok((class(key)?, number(weight)?)));
        Ok(Setting::Weights(weights.collect::<anyhow::Result<_>>()?))
    } else {
        refuse(
            "estimator",
            "a parameter",
            "None, a bool, a number, a string or a dict",
            value,
        )
    }
}

fn class(value: Value<'_>) -> anyhow::Result<Class> {
    Ok(match setting(value)? {
        Setting::Flag(flag) => Class::Boolean(flag),
        Setting::Integer(number) => Class::Integer(number),
        Setting::Number(number) => Class::Float(number),
        Setting::Text(text) => Class::Text(text),
        Setting::Nothing | Setting::Weights(_) => {
            return refuse("class_weight", "a class", "a bool, a number or a string", value);
        }
    })
}

fn number(value: Value<'_>) -> anyhow::Result<f64> {
    match setting(value)? {
        Setting::Integer(number) => Ok(number as f64),
        Setting::Number(number) => Ok(number),
        _ => refuse("class_weight", "a weight", "a number", value),
    }
}
