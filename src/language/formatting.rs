//! `str`, `repr`, `format`, `fail`, and what f-strings, `text.format` and `%` are made of.

use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::values::dict::DictRef;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::string::StarlarkStr;
use starlark::values::tuple::{TupleRef, UnpackTuple};
use starlark::values::typing::StarlarkNever;
use starlark::values::{Heap, NoSerialize, StarlarkValue, StringValue, UnpackValue, Value, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::format::{
    Directive, Field, FormatError, Measure, Name, Operand, Part, Step, ascii, format as formatted,
    parse_percent, parse_template,
};
use super::secret::{NeedsValue, ReferenceValue};
use super::texts::{operand, repr as repr_of, text};
use super::{BuiltinModule, OrFail};

/// Functions that write values as text.
pub(super) struct Formatting;

impl BuiltinModule for Formatting {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Writes a value as text: a text as it is, a float as the shortest text that gives it back.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// str(0.1 + 0.2) + " metres"
    /// ```
    #[starlark(as_type = StarlarkStr, speculative_exec_safe)]
    fn str<'v>(#[starlark(require = pos)] a: Value<'v>, heap: Heap<'v>) -> anyhow::Result<StringValue<'v>> {
        Ok(match StringValue::new(a) {
            Some(text) => text,
            None => heap.alloc_str(&text(a)),
        })
    }

    /// Writes a value as it is in a list: a text in quotes.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// repr("it's")
    /// ```
    #[starlark(speculative_exec_safe)]
    fn repr(#[starlark(require = pos)] a: Value<'_>) -> anyhow::Result<String> {
        Ok(repr_of(a))
    }

    /// Writes a value as a format says, as `f"{value:.2f}"` does: `format(3.14159, ".2f")`.
    ///
    /// Effect: pure
    /// * `value`: the value to write
    /// * `format_spec`: the format, as after the colon in an f-string: ".2f", ">10", ","
    ///
    /// ```python
    /// format(1234567.891, ",.2f")
    /// ```
    fn format<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = pos, default = "")] format_spec: &str,
        heap: Heap<'v>,
    ) -> anyhow::Result<String> {
        written(value, format_spec, heap)
    }

    /// Ends the cell with an error that says why.
    ///
    /// Effect: pure
    /// * `args`: the error message
    ///
    /// ```python
    /// if read_csv("/mnt/data/titanic.csv").height == 0:
    ///     fail("there are no passengers")
    /// ```
    fn fail(#[starlark(args)] args: UnpackTuple<Value<'_>>) -> starlark::Result<StarlarkNever> {
        let words: Vec<_> = args.items.iter().map(|value| text(*value)).collect();
        let why = anyhow::Error::msg(words.join(" "));
        Err(starlark::Error::new_kind(starlark::ErrorKind::Fail(why)))
    }

    /// A value in an f-string.
    ///
    /// Effect: pure, dry
    fn __text__(#[starlark(args)] parts: UnpackTuple<&str>) -> anyhow::Result<String> {
        Ok(parts.items.concat())
    }

    /// A value in an f-string, with a format.
    ///
    /// Effect: pure, dry
    fn __field__<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = pos, default = "")] conversion: &str,
        #[starlark(require = pos, default = "")] spec: &str,
        heap: Heap<'v>,
    ) -> anyhow::Result<String> {
        converted(value, conversion.chars().next(), spec, heap)
    }

    /// What `", ".join(…)` gives.
    ///
    /// Effect: pure, dry
    fn __join__<'v>(#[starlark(require = pos)] text: &str, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        Ok(heap.alloc(TextMethod {
            text: text.to_owned(),
            method: Method::Join,
        }))
    }

    /// What `text.format(…)` gives.
    ///
    /// Effect: pure, dry
    fn __format__<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match value.unpack_str() {
            Some(template) => Ok(heap.alloc(TextMethod {
                text: template.to_owned(),
                method: Method::Format,
            })),
            None => value.get_attr_error("format", heap),
        }
    }
}

/// A method of a text that is still to be called: `", ".join`, `text.format`.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative)]
struct TextMethod {
    text: String,
    method: Method,
}

/// A method of texts that knows of secrets.
#[derive(Debug, Clone, Copy, Allocative)]
enum Method {
    Join,
    Format,
}

starlark_simple_value!(TextMethod);

impl fmt::Display for TextMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.method {
            Method::Join => "string.join",
            Method::Format => "string.format",
        })
    }
}

#[starlark_value(type = "function")]
impl<'v> StarlarkValue<'v> for TextMethod {
    fn invoke(
        &self,
        _me: Value<'v>,
        arguments: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        match self.method {
            Method::Join => joined(&self.text, arguments, eval),
            Method::Format => filled(&self.text, arguments, eval.heap()),
        }
    }
}

/// Joins as Starlark does, which knows no secrets: it gets their texts.
fn joined<'v>(
    text: &str,
    arguments: &Arguments<'v, '_>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Value<'v>> {
    let heap = eval.heap();
    let mut positional: Vec<_> = arguments.positions(heap)?.collect();
    let named = arguments.names_map()?;
    let named: Vec<_> = named
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    if let [items] = positional.as_mut_slice()
        && (ListRef::from_value(*items).is_some() || TupleRef::from_value(*items).is_some())
    {
        let all: Vec<_> = items.iterate(heap)?.collect();
        if all.iter().any(|item| ReferenceValue::of(*item).is_some()) {
            let plain = |item: Value<'v>| match ReferenceValue::text_of(item) {
                Some(text) => heap.alloc(text),
                None => item,
            };
            *items = heap.alloc(AllocList(all.into_iter().map(plain)));
        }
    }
    let join = heap.alloc(text).get_attr_error("join", heap)?;
    eval.eval_function(join, &positional, &named)
}

/// Fills a template in, as Python does.
fn filled<'v>(template: &str, arguments: &Arguments<'v, '_>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    let positional: Vec<_> = arguments.positions(heap)?.collect();
    let named = arguments.names_map()?;
    let named = |name: &str| {
        let mut named = named.iter();
        named.find_map(|(key, value)| (key.as_str() == name).then_some(*value))
    };
    let parts = parse_template(template).or_fail()?;
    let filler = Filler {
        positional: &positional,
        named: &named,
        heap,
    };
    Ok(heap.alloc(filler.fill(&parts)?))
}

/// Inserts values into a template.
struct Filler<'a, 'v> {
    positional: &'a [Value<'v>],
    named: &'a dyn Fn(&str) -> Option<Value<'v>>,
    heap: Heap<'v>,
}

impl<'v> Filler<'_, 'v> {
    fn fill(&self, parts: &[Part]) -> starlark::Result<String> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Field(field) => {
                    let value = self.value(field)?;
                    let spec = self.fill(&field.spec)?;
                    text.push_str(&converted(value, field.conversion, &spec, self.heap)?);
                }
            }
        }
        Ok(text)
    }

    fn value(&self, field: &Field) -> starlark::Result<Value<'v>> {
        let mut value = match &field.name {
            Name::Position(at) => self
                .positional
                .get(*at)
                .copied()
                .ok_or(FormatError::NoPosition(*at))
                .or_fail()?,
            Name::Word(name) => (self.named)(name)
                .ok_or_else(|| FormatError::NoName(name.clone()))
                .or_fail()?,
        };
        for step in &field.steps {
            value = match step {
                Step::Attribute(name) => value.get_attr_error(name, self.heap)?,
                Step::Index(at) => value.at(self.heap.alloc(*at as u64), self.heap)?,
                Step::Key(key) => value.at(self.heap.alloc(key.as_str()), self.heap)?,
            };
        }
        Ok(value)
    }
}

/// Writes a value, turned into text first where `conversion` says so, as `spec` says.
fn converted<'v>(
    value: Value<'v>,
    conversion: Option<char>,
    spec: &str,
    heap: Heap<'v>,
) -> anyhow::Result<String> {
    let converted = match conversion {
        None => return written(value, spec, heap),
        Some('s') => text(value),
        Some('r') => repr_of(value),
        Some('a') => ascii_of(value),
        Some(letter) => return Err(FormatError::UnknownConversion(letter)).or_fail(),
    };
    match spec {
        "" => Ok(converted),
        spec => whole(
            value,
            &format!(":{spec}"),
            formatted(&Operand::Text(&converted), spec),
        ),
    }
}

fn written<'v>(value: Value<'v>, spec: &str, heap: Heap<'v>) -> anyhow::Result<String> {
    match spec {
        "" => Ok(text(value)),
        spec => {
            let operand = operand(value, heap).map_err(starlark::Error::into_anyhow)?;
            whole(value, &format!(":{spec}"), formatted(&operand, spec))
        }
    }
}

/// Takes what a format made of a value; of a secret, only what has its whole reference: a part of it is no use.
fn whole(value: Value<'_>, format: &str, made: Result<String, FormatError>) -> anyhow::Result<String> {
    match (ReferenceValue::text_of(value), made) {
        (Some(reference), Ok(made)) if made.contains(reference) => Ok(made),
        (Some(_), _) => Err(NeedsValue::Operation(format.to_owned())).or_fail(),
        (None, made) => made.or_fail(),
    }
}

/// Writes a value as [`repr_of`] does, with all that is not ASCII escaped.
fn ascii_of(value: Value<'_>) -> String {
    let text = repr_of(value);
    let escape = |letter: char| match letter {
        letter if letter.is_ascii() => letter.to_string(),
        letter => {
            let escaped = ascii(&letter.to_string());
            escaped.trim_matches('"').to_owned()
        }
    };
    text.chars().map(escape).collect()
}

/// Writes `format % values`.
pub(super) fn percent<'v>(format: &str, values: Value<'v>, heap: Heap<'v>) -> anyhow::Result<String> {
    let tuple = TupleRef::from_value(values);
    let is_mapping = tuple.is_none() && values.unpack_str().is_none();
    let mut next = match &tuple {
        Some(tuple) => tuple.iter().collect::<Vec<_>>().into_iter(),
        None => vec![values].into_iter(),
    };
    let missing = || FormatError::Malformed("not enough arguments for format string");
    let mut text_so_far = String::new();
    let mut by_name = false;
    for part in parse_percent(format) {
        let mut conversion = match part.or_fail()? {
            Directive::Text(literal) => {
                text_so_far.push_str(&literal);
                continue;
            }
            Directive::Value(conversion) => conversion,
        };
        if conversion.width == Measure::Next {
            let width = measure(next.next().ok_or_else(missing).or_fail()?)?;
            conversion.set_width(width).or_fail()?;
        }
        if conversion.precision == Measure::Next {
            let precision = measure(next.next().ok_or_else(missing).or_fail()?)?;
            conversion.set_precision(precision).or_fail()?;
        }
        let value = match &conversion.key {
            None => next.next().ok_or_else(missing).or_fail()?,
            Some(key) => {
                let dict = DictRef::from_value(values)
                    .ok_or(FormatError::Malformed("format requires a mapping"))
                    .or_fail()?;
                by_name = true;
                dict.get_str(key)
                    .ok_or_else(|| FormatError::NoName(key.clone()))
                    .or_fail()?
            }
        };
        let written = if conversion.is_text() {
            let whole = match conversion.letter {
                's' => text(value),
                'r' => repr_of(value),
                _ => ascii_of(value),
            };
            conversion.text(&whole)
        } else {
            let operand = operand(value, heap).map_err(starlark::Error::into_anyhow)?;
            conversion.number(&operand)
        };
        text_so_far.push_str(&whole(value, &conversion.written(), written)?);
    }
    // A dict or list may hold more than is asked for: Python takes them for mappings.
    let may_be_left = by_name || (is_mapping && is_container(values));
    if next.next().is_some() && !may_be_left {
        let error = FormatError::Malformed("not all arguments converted during string formatting");
        return Err(error).or_fail();
    }
    Ok(text_so_far)
}

fn is_container(value: Value<'_>) -> bool {
    DictRef::from_value(value).is_some() || ListRef::from_value(value).is_some()
}

fn measure(value: Value<'_>) -> anyhow::Result<i64> {
    let number = i64::unpack_value(value).ok().flatten();
    number.ok_or(FormatError::Malformed("* wants int")).or_fail()
}
