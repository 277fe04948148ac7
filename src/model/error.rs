//! What can go wrong with recipes, fits, scoring and saved models.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use polars::error::PolarsError;

use super::class::Class;
use super::column_type::ColumnType;
use super::formula::ToSqlError;
use super::task::Task;
use super::unseen::Unseen;
use crate::error::{Problem, nearest};
use crate::frame::FrameError;

/// A column or feature, and how many of its rows are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnCount {
    /// Its name.
    pub column: String,
    /// How many rows.
    pub count: usize,
}

/// A column that a model needs and does not find, or not with the type it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Its name.
    pub column: String,
    /// Its type in training.
    pub expected: ColumnType,
    /// Its type here; none when it is missing.
    pub found: Option<String>,
}

/// What can go wrong with recipes, fits, scoring and saved models.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The sentences say what each variant is; its fields are the facts in them.
pub enum ModelError {
    // Recipes
    #[error("a model needs at least one feature")]
    NoFeatures,
    #[error("the feature {feature:?} is listed twice")]
    DuplicateFeature { feature: String },
    #[error("{step} is for {feature:?}, which is not one of the recipe's features ({})", features.join(", "))]
    NotAFeature {
        step: &'static str,
        feature: String,
        features: Vec<String>,
    },
    #[error("{step} has no {name} {value:?}; there are {}", quoted(known))]
    UnknownOption {
        step: &'static str,
        name: &'static str,
        value: String,
        known: Vec<&'static str>,
    },
    #[error("{}", if *needed { "impute with strategy=\"constant\" needs a finite fill_value" } else { "impute takes a fill_value only with strategy=\"constant\"" })]
    FillValue { needed: bool },
    #[error("the fill_value {value} does not suit {feature}, which needs {expected}")]
    FillType {
        feature: String,
        value: String,
        expected: &'static str,
    },
    #[error("{feature} has only nulls, so there is no fill value to learn")]
    NothingToImpute { feature: String },
    #[error("{step} needs numbers, and {feature} is {found} by then")]
    StepNeedsNumbers {
        step: &'static str,
        feature: String,
        found: &'static str,
    },
    #[error("{feature} is one-hot encoded twice")]
    RepeatedOneHot { feature: String },
    #[error("two features make a term of the same name, {term:?}")]
    DuplicateTerm { term: String },
    #[error("the feature {feature:?} cannot be used: {reason}")]
    Expression { feature: String, reason: String },
    #[error("the feature {feature:?} cannot be computed: {message}")]
    FeatureValue {
        feature: String,
        message: String,
        instead: String,
    },
    #[error("a feature has more than {limit} parts: {}…", feature.chars().take(40).collect::<String>())]
    LongFeature { feature: String, limit: usize },
    #[error(transparent)]
    Sql(#[from] FrameError),
    #[error("the feature {feature:?} reads the column {column:?}, which the frame does not have")]
    UnknownColumn {
        feature: String,
        column: String,
        columns: Vec<String>,
    },
    #[error("the feature {feature:?} has the type {found}; a feature is a number, a boolean or text")]
    FeatureType { feature: String, found: String },
    #[error("the design matrix would have {rows} rows and {terms} terms{}, which is too large", from(feature.as_deref()))]
    TooLarge {
        rows: usize,
        terms: usize,
        feature: Option<String>,
    },
    #[error("the feature {feature:?} no longer makes the terms it made in training")]
    FeatureTerms { feature: String },

    // Data
    #[error("there are no rows")]
    NoRows,
    #[error("there are nulls in {}", counts(columns))]
    Nulls {
        columns: Vec<ColumnCount>,
        texts: Vec<String>,
        roots: BTreeSet<String>,
    },
    #[error("there are infinite values or NaN in {}", counts(columns))]
    NotFinite { columns: Vec<ColumnCount> },
    #[error("the frame does not fit the model: {}", mismatched(mismatches))]
    Mismatched {
        mismatches: Vec<Mismatch>,
        columns: Vec<String>,
    },
    #[error("{unseen}")]
    UnseenCategories { unseen: Unseen, known: Vec<String> },

    // The task
    #[error("{what} needs {}; this is {found}", either(needed))]
    OtherTask {
        what: &'static str,
        needed: &'static [Task],
        found: Task,
    },
    #[error("{what} needs a linear model, and {estimator} is none")]
    NotLinear {
        what: &'static str,
        estimator: &'static str,
    },
    #[error("{estimator} is {task}, and needs a target to learn")]
    NoTarget { estimator: &'static str, task: Task },
    #[error("{estimator} is {task}, which learns without a target, and {target:?} is given")]
    NeedlessTarget {
        estimator: &'static str,
        task: Task,
        target: String,
    },

    // The target
    #[error("the frame has no target column {target:?}")]
    MissingTarget { target: String, columns: Vec<String> },
    #[error("the target {target:?} is also read by the feature {feature:?}")]
    TargetIsFeature { target: String, feature: String },
    #[error("the target {target:?} is null in {count} rows")]
    NullTarget { target: String, count: usize },
    #[error("the target {target:?} has the type {found}; classes are whole numbers, booleans or text")]
    TargetType { target: String, found: String },
    #[error("the target {target:?} has the type {found}; a regressor learns numbers")]
    TargetIsNoNumber { target: String, found: String },
    #[error("the target {target:?} has the value {example}, which is not finite")]
    TargetNotFinite { target: String, example: f64 },
    #[error("the target {target:?} has values such as {example}, so it is an amount, not a class")]
    ContinuousTarget { target: String, example: f64 },
    #[error("the target {target:?} has {count} different values; a model takes at most {limit} classes")]
    TooManyClasses {
        target: String,
        count: usize,
        limit: usize,
    },
    #[error("all {rows} rows are of one class, {target} = {class}")]
    OneClass {
        target: String,
        class: Class,
        rows: usize,
    },
    #[error(
        "class_weight names {class}, which is not a class of the target ({})",
        listed(classes)
    )]
    UnknownClass { class: Class, classes: Vec<Class> },
    #[error(
        "the target {target:?} has the value {class}, which is not a class of the model ({})",
        listed(classes)
    )]
    UnknownLabel {
        target: String,
        class: Class,
        classes: Vec<Class>,
    },

    // Estimators
    #[error("there is no estimator {name}")]
    UnknownEstimator { name: String },
    #[error("{owner} has no parameter {name}; it has {}", known.join(", "))]
    UnknownParameter {
        owner: &'static str,
        name: String,
        known: Vec<&'static str>,
    },
    #[error("{owner}: {name} is {found}, and it must be {expected}")]
    InvalidParameter {
        owner: &'static str,
        name: String,
        found: String,
        expected: &'static str,
        default: &'static str,
    },
    #[error("the fit ended with infinite coefficients")]
    Diverged,

    #[error(transparent)]
    ToSql(#[from] ToSqlError),

    // Results
    #[error("the frame already has a column {name:?}")]
    NameTaken { name: String },
    #[error("prediction and probability cannot both be called {name:?}")]
    SameNames { name: String },
    #[error("{figure} is not defined: the target is the same in every row")]
    NoScore { figure: &'static str },
    #[error("cannot build a table: {0}")]
    Frame(String),

    // Files
    #[error("it is not a Sheaf model")]
    Foreign,
    #[error("the model is of version {found}, and this Sheaf reads up to version {known}")]
    Newer { found: u32, known: u32 },
    #[error("the model is damaged at line {line}, column {column}: {reason}")]
    Damaged {
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("the model is inconsistent: {reason}")]
    Nonsense { reason: String },
    #[error("the model has {size} bytes; at most {limit} are read")]
    TooBig { size: usize, limit: usize },
    #[error("the model is nested more than {limit} levels deep")]
    TooDeep { limit: usize },
    #[error("the model cannot be written: {0}")]
    Unwritable(String),
}

impl ModelError {
    /// Wraps an error of polars that no input should cause.
    pub(crate) fn frame(error: PolarsError) -> Self {
        Self::Frame(error.to_string())
    }
}

impl Problem for ModelError {
    fn hint(&self) -> Option<String> {
        let among = |name: &str, all: &[String]| {
            nearest(name, all.iter().map(String::as_str)).map(|near| format!("did you mean {near:?}?"))
        };
        Some(match self {
            Self::NoFeatures => "list them, as in features=[\"Age\", \"Sex\"]".to_owned(),
            Self::DuplicateFeature { .. } | Self::RepeatedOneHot { .. } => "leave one of them out".to_owned(),
            Self::DuplicateTerm { .. } => "leave one of the two features out".to_owned(),
            Self::NotAFeature { feature, features, .. } => among(feature, features)
                .unwrap_or_else(|| "a step names a feature exactly as it is listed in Recipe([…])".to_owned()),
            Self::UnknownOption { value, known, .. } => {
                return nearest(value, known.iter().copied()).map(|near| format!("did you mean {near:?}?"));
            }
            Self::FillValue { .. } => "write .impute(\"Age\", strategy=\"constant\", fill_value=0)".to_owned(),
            Self::FillType { expected, .. } => format!("give {expected} as fill_value"),
            Self::NothingToImpute { .. } => "leave the feature out, or use strategy=\"constant\"".to_owned(),
            Self::StepNeedsNumbers { found: "text", feature, .. } => {
                format!("use .one_hot({feature:?}), or strategy=\"most_frequent\" to fill its nulls")
            }
            Self::StepNeedsNumbers { .. } => "write one_hot last".to_owned(),
            Self::Expression { .. } => {
                "a feature is a column or an SQL expression over columns of its own row, such as \"log1p(Fare)\"".to_owned()
            }
            Self::FeatureValue { instead, .. } => instead.clone(),
            Self::LongFeature { .. } => "compute it beforehand, as in df.with_columns(total=\"…\")".to_owned(),
            Self::Sql(error) => return error.hint(),
            Self::ToSql(error) => return error.hint(),
            Self::UnknownColumn { column, columns, .. } => among(column, columns)
                .unwrap_or_else(|| format!("the frame has {}", columns.join(", "))),
            Self::FeatureType { .. } => {
                "convert it to a number or text first, for example with \"year(born)\" as the feature".to_owned()
            }
            Self::TooLarge { .. } => "leave out features with many categories, or fit on fewer rows".to_owned(),
            Self::NoRows => "check the filter before it, and df.shape".to_owned(),
            Self::Nulls { columns, texts, roots } => null_hint(columns, texts, roots),
            Self::NotFinite { .. } => {
                "filter those rows out, or make the values null and impute them".to_owned()
            }
            Self::Mismatched { mismatches, columns } => {
                let slip = mismatches.iter().filter(|m| m.found.is_none()).find_map(|m| {
                    let near = nearest(&m.column, columns.iter().map(String::as_str))?;
                    Some(format!("rename {near:?} to {:?}", m.column))
                });
                slip.unwrap_or_else(|| "give the model the columns it was trained on, cast where needed".to_owned())
            }
            Self::UnseenCategories { .. } => {
                "fit with handle_unknown=\"ignore\", or filter those rows out".to_owned()
            }
            Self::NoTarget { .. } => "name the column, as in fit(df, target=\"y\", features=[…])".to_owned(),
            Self::NeedlessTarget { .. } => "write target=None".to_owned(),
            Self::TargetIsNoNumber { .. } => "cast it to a number".to_owned(),
            Self::TargetNotFinite { .. } => "filter those rows out".to_owned(),
            Self::NoScore { .. } => "score rows whose target differs".to_owned(),
            Self::MissingTarget { target, columns } => among(target, columns)
                .unwrap_or_else(|| format!("the frame has {}", columns.join(", "))),
            Self::TargetIsFeature { .. } => "leave it out of the features".to_owned(),
            Self::NullTarget { target, .. } => format!("drop those rows with .drop_nulls([{target:?}])"),
            Self::TargetType { .. } => "cast it to a whole number, a boolean or text".to_owned(),
            Self::ContinuousTarget { target, .. } => {
                format!("turn it into classes, as in with_columns({target}=\"{target} > 0.5\")")
            }
            Self::TooManyClasses { .. } => "is it an identifier? group its values first".to_owned(),
            Self::OneClass { .. } => "a model needs rows of at least two classes".to_owned(),
            Self::UnknownClass { .. } => "name classes as they are in the target column".to_owned(),
            Self::UnknownLabel { .. } => "filter those rows out, or fit on rows that have it".to_owned(),
            Self::UnknownEstimator { name } => {
                let known = || super::ESTIMATORS.iter().map(|entry| entry.name);
                nearest(name, known()).map_or_else(
                    || format!("there are {}", known().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean {near}?"),
                )
            }
            Self::UnknownParameter { name, known, .. } => {
                return nearest(name, known.iter().copied()).map(|near| format!("did you mean {near}?"));
            }
            Self::InvalidParameter { name, default, .. } => format!("leave it out for the default, {name}={default}"),
            Self::Diverged => "standardise the features, and use penalty=\"l2\"".to_owned(),
            Self::NameTaken { .. } | Self::SameNames { .. } => {
                "set other names, as in predict(df, prediction=\"guess\", probability=\"chance\")".to_owned()
            }
            Self::Foreign | Self::TooBig { .. } | Self::TooDeep { .. } => {
                "load_model reads what model.save wrote".to_owned()
            }
            Self::Newer { .. } => "update Sheaf, or save the model again with this version".to_owned(),
            Self::Damaged { .. } | Self::Nonsense { .. } => "fit and save the model again".to_owned(),
            Self::OtherTask { .. }
            | Self::NotLinear { .. }
            | Self::FeatureTerms { .. }
            | Self::Frame(_)
            | Self::Unwritable(_) => return None,
        })
    }
}

fn null_hint(columns: &[ColumnCount], texts: &[String], roots: &BTreeSet<String>) -> String {
    let names: Vec<String> = roots.iter().map(|root| format!("{root:?}")).collect();
    let steps = columns.iter().fold(String::new(), |mut steps, gap| {
        let strategy = if texts.contains(&gap.column) {
            "most_frequent"
        } else {
            "median"
        };
        // Writing to a string cannot fail.
        let _ = write!(steps, ".impute({:?}, strategy=\"{strategy}\")", gap.column);
        steps
    });
    format!(
        "add {steps} to the recipe the model is fitted with, or drop the rows with .drop_nulls([{}])",
        names.join(", ")
    )
}

fn counts(columns: &[ColumnCount]) -> String {
    let shown: Vec<String> = columns
        .iter()
        .map(|gap| {
            format!(
                "{} ({} {})",
                gap.column,
                gap.count,
                if gap.count == 1 { "row" } else { "rows" }
            )
        })
        .collect();
    shown.join(", ")
}

fn mismatched(mismatches: &[Mismatch]) -> String {
    let shown: Vec<String> = mismatches
        .iter()
        .map(|m| match &m.found {
            Some(found) => format!("{} is {found} where {} is expected", m.column, m.expected),
            None => format!("{} ({}) is missing", m.column, m.expected),
        })
        .collect();
    shown.join(", ")
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn either(tasks: &[Task]) -> String {
    let tasks: Vec<String> = tasks.iter().map(Task::to_string).collect();
    tasks.join(" or ")
}

fn listed(classes: &[Class]) -> String {
    classes
        .iter()
        .map(Class::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn from(feature: Option<&str>) -> impl fmt::Display {
    feature
        .map(|feature| format!(" from {feature} alone"))
        .unwrap_or_default()
}
