//! Expressions of the parser → bound expressions.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use super::{Binder, literal, names, place_of, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, Expr, Kind, Literal};
use crate::frame::sql::functions::function;
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds an expression.
    pub(in crate::frame::sql) fn expr(&mut self, expr: &ast::Expr) -> SqlResult<Expr> {
        let place = span(expr);
        let mut bound = self.bound(expr, place)?;
        if bound.place == Span::empty() || !matches!(bound.kind, Kind::Column(_)) {
            bound.place = place;
        }
        Ok(bound)
    }

    fn bound(&mut self, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        use ast::Expr as Ast;
        match expr {
            Ast::Identifier(name) => self.name(std::slice::from_ref(name)),
            Ast::CompoundIdentifier(parts) => self.name(parts),
            Ast::CompoundFieldAccess { root, access_chain } => self.accesses(root, access_chain),
            Ast::Nested(inner) => self.expr(inner),
            Ast::Value(value) => match &value.value {
                ast::Value::Placeholder(name) => self.parameter(name, place),
                ast::Value::Number(digits, _)
                    if digits.ends_with('0') && digits.contains('.') && !digits.contains(['e', 'E']) =>
                {
                    // Columns are named with the digits that are written.
                    let number = literal::literal(&value.value, place)?;
                    if !digits.starts_with('.') && names::name(&number, &self.columns) != *digits {
                        self.columns.spell(place, digits);
                    }
                    Ok(number)
                }
                value => literal::literal(value, place),
            },
            Ast::TypedString(typed) => literal::typed(typed, place),
            Ast::Prefixed { prefix, value } => literal::prefixed(prefix, value, place),
            Ast::Interval(interval) => self.interval(interval, place),
            Ast::IsTrue(inner) => self.is(inner, "is true", false),
            Ast::IsNotTrue(inner) => self.is(inner, "is true", true),
            Ast::IsFalse(inner) => self.is(inner, "is false", false),
            Ast::IsNotFalse(inner) => self.is(inner, "is false", true),
            Ast::IsNull(inner) => self.is(inner, "is null", false),
            Ast::IsNotNull(inner) => self.is(inner, "is not null", false),
            Ast::IsUnknown(inner) => self.is(inner, "is null", false),
            Ast::IsNotUnknown(inner) => self.is(inner, "is not null", false),
            Ast::IsDistinctFrom(left, right) => {
                let args = vec![self.expr(left)?, self.expr(right)?];
                let same = self.operator("<=>", args, place)?;
                self.operator("not", vec![same], place)
            }
            Ast::IsNotDistinctFrom(left, right) => {
                let args = vec![self.expr(left)?, self.expr(right)?];
                self.operator("<=>", args, place)
            }
            Ast::InList { expr, list, negated } => {
                let mut args = vec![self.expr(expr)?];
                for value in list {
                    args.push(self.expr(value)?);
                }
                let found = self.operator("in", args, place)?;
                self.negated(found, *negated)
            }
            Ast::InSubquery {
                expr,
                subquery,
                negated,
            } => {
                let left = match &**expr {
                    Ast::Tuple(parts) => parts
                        .iter()
                        .map(|part| self.expr(part))
                        .collect::<SqlResult<Vec<_>>>()?,
                    one => vec![self.expr(one)?],
                };
                let found = self.in_subquery(left, subquery, place)?;
                self.negated(found, *negated)
            }
            Ast::Exists { subquery, negated } => {
                let found = self.exists(subquery)?;
                self.negated(found, *negated)
            }
            Ast::Subquery(query) => self.scalar_subquery(query),
            Ast::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let value = self.expr(expr)?;
                let (low, high) = (self.expr(low)?, self.expr(high)?);
                let above = self.operator(">=", vec![value.clone(), low], place)?;
                let below = self.operator("<=", vec![value, high], place)?;
                let between = Expr::new(Kind::And(vec![above, below]), DataType::Boolean, place);
                self.negated(between, *negated)
            }
            Ast::BinaryOp { left, op, right } => self.binary(left, op, right, place),
            Ast::UnaryOp { op, expr } => self.unary(*op, expr, place),
            Ast::Like {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like("like", *negated, *any, expr, pattern, escape_char.as_ref(), place),
            Ast::ILike {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like(
                "ilike",
                *negated,
                *any,
                expr,
                pattern,
                escape_char.as_ref(),
                place,
            ),
            Ast::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char,
            } => self.like(
                "similar to",
                *negated,
                false,
                expr,
                pattern,
                escape_char.as_ref(),
                place,
            ),
            Ast::RLike {
                negated,
                expr,
                pattern,
                ..
            } => {
                let args = vec![self.expr(expr)?, self.expr(pattern)?];
                let found = self.operator("rlike", args, place)?;
                self.negated(found, *negated)
            }
            Ast::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.any_or_all(left, compare_op, right, false, place),
            Ast::AllOp {
                left,
                compare_op,
                right,
            } => self.any_or_all(left, compare_op, right, true, place),
            Ast::Cast {
                kind,
                expr,
                data_type,
                format: None,
                array: false,
            } => {
                let how = match kind {
                    ast::CastKind::TryCast | ast::CastKind::SafeCast => CastHow::Try,
                    ast::CastKind::Cast | ast::CastKind::DoubleColon => CastHow::Asked,
                };
                let value = self.expr(expr)?;
                let dtype = literal::dtype(data_type, place)?;
                self.cast(value, &dtype, how, place)
            }
            Ast::Convert {
                expr,
                data_type: Some(data_type),
                ..
            } => {
                let value = self.expr(expr)?;
                let dtype = literal::dtype(data_type, place)?;
                self.cast(value, &dtype, CastHow::Asked, place)
            }
            Ast::AtTimeZone { timestamp, time_zone } => {
                let args = vec![self.expr(timestamp)?, self.expr(time_zone)?];
                self.operator("at time zone", args, place)
            }
            Ast::Extract { field, expr, .. } => {
                let field = field.to_string().trim_matches('\'').to_owned();
                let field = Expr::new(Kind::Literal(Literal::Text(field)), DataType::String, place);
                let args = vec![field, self.expr(expr)?];
                self.operator("extract", args, place)
            }
            Ast::Ceil { expr, field } => self.ceil("ceil", expr, field, place),
            Ast::Floor { expr, field } => self.ceil("floor", expr, field, place),
            Ast::Position { expr, r#in } => {
                let args = vec![self.expr(expr)?, self.expr(r#in)?];
                self.operator("position", args, place)
            }
            Ast::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let mut args = vec![self.expr(expr)?];
                args.push(match substring_from {
                    Some(from) => self.expr(from)?,
                    None => Expr::literal(Literal::Int(1), DataType::Int32),
                });
                if let Some(length) = substring_for {
                    args.push(self.expr(length)?);
                }
                self.operator("substring", args, place)
            }
            Ast::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let name = match trim_where {
                    None | Some(ast::TrimWhereField::Both) => "btrim",
                    Some(ast::TrimWhereField::Leading) => "ltrim from",
                    Some(ast::TrimWhereField::Trailing) => "rtrim from",
                };
                let mut args = vec![self.expr(expr)?];
                if let Some(what) = trim_what {
                    args.push(self.expr(what)?);
                }
                for what in trim_characters.iter().flatten() {
                    args.push(self.expr(what)?);
                }
                let name = match (trim_where, trim_what, trim_characters) {
                    (None, None, None) => "trim",
                    _ => name,
                };
                self.operator(name, args, place)
            }
            Ast::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut args = vec![
                    self.expr(expr)?,
                    self.expr(overlay_what)?,
                    self.expr(overlay_from)?,
                ];
                if let Some(length) = overlay_for {
                    args.push(self.expr(length)?);
                }
                self.operator("overlay", args, place)
            }
            Ast::Function(call) => self.call(call, place),
            Ast::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref(), place),
            Ast::Array(array) => {
                let args = array
                    .elem
                    .iter()
                    .map(|element| self.expr(element))
                    .collect::<SqlResult<Vec<_>>>()?;
                self.operator("array", args, place)
            }
            Ast::Struct { values, fields } if fields.is_empty() => self.structure(values, place),
            Ast::Map(map) => {
                let mut args = Vec::new();
                for entry in &map.entries {
                    args.push(self.expr(&entry.key)?);
                    args.push(self.expr(&entry.value)?);
                }
                self.operator("map", args, place)
            }
            Ast::Tuple(parts) => self.structure(parts, place),
            Ast::JsonAccess { value, path } => {
                let args = vec![
                    self.expr(value)?,
                    Expr::literal(
                        Literal::Text(format!("$.{path}").replace("$.:", "$.").replace("$..", "$.")),
                        DataType::String,
                    ),
                ];
                self.operator("get_json_object", args, place)
            }
            Ast::Wildcard(_) | Ast::QualifiedWildcard(..) => Err(SqlErrorKind::Misplaced {
                what: "`*`",
                clause: "an expression",
                instead: "name a column",
            }
            .at(place)),
            Ast::GroupingSets(_) | Ast::Cube(_) | Ast::Rollup(_) => {
                let instead = "write it behind GROUP BY";
                Err(SqlErrorKind::Misplaced {
                    what: "GROUPING SETS, CUBE or ROLLUP",
                    clause: "an expression",
                    instead,
                }
                .at(place))
            }
            Ast::Lambda(_) => {
                let instead = "it is an argument, as in transform(array, x -> x + 1); a field of JSON is get_json_object(text, '$.field')";
                Err(unsupported("`->`", instead, place))
            }
            other => Err(unsupported(
                format!("`{other}`"),
                "`%help sql` says what can",
                place,
            )),
        }
    }

    /// Binds a name: a column, or a field of one.
    pub(super) fn name(&mut self, parts: &[ast::Ident]) -> SqlResult<Expr> {
        let (mut found, taken) = match self.resolve(parts) {
            Err(error) if parts.len() == 1 => match self.word(parts) {
                Some(bound) => return bound,
                None => return Err(error),
            },
            resolved => resolved?,
        };
        if let (Some(id), Some(last)) = (found.as_column(), parts.get(taken.wrapping_sub(1)))
            && last.value != self.columns.name(id)
        {
            self.columns.spell(found.place, &last.value);
        }
        for field in parts.get(taken..).unwrap_or_default() {
            found = self.field(found, field)?;
        }
        Ok(found)
    }

    /// Binds a name that is no column: a function without brackets.
    fn word(&mut self, parts: &[ast::Ident]) -> Option<SqlResult<Expr>> {
        let word = parts.first()?;
        if word.quote_style.is_some() {
            return None;
        }
        let name = word.value.to_lowercase();
        matches!(
            name.as_str(),
            "current_date" | "current_timestamp" | "now" | "localtimestamp" | "current_user"
        )
        .then(|| self.operator(&name, Vec::new(), word.span))
    }

    /// Binds a field of a struct, or a value of a map, by name.
    pub(super) fn field(&mut self, value: Expr, name: &ast::Ident) -> SqlResult<Expr> {
        let text = Expr::new(
            Kind::Literal(Literal::Text(name.value.clone())),
            DataType::String,
            name.span,
        );
        let place = place_of(std::slice::from_ref(name));
        match &value.dtype {
            DataType::Struct(_) => self.operator("field", vec![value, text], place),
            DataType::List(inner)
                if matches!(**inner, DataType::Struct(_)) && types::as_map(&value.dtype).is_none() =>
            {
                self.operator("field", vec![value, text], place)
            }
            dtype if types::as_map(dtype).is_some() => self.operator("element_at", vec![value, text], place),
            dtype => {
                let kind = SqlErrorKind::ArgumentType {
                    function: format!("`.{}`", name.value),
                    argument: "what stands before it".to_owned(),
                    expected: "a struct".to_owned(),
                    found: types::sql_name(dtype),
                    cast: None,
                };
                Err(kind.at(place))
            }
        }
    }

    fn accesses(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr]) -> SqlResult<Expr> {
        // `a.b[0]`: what is before the bracket may be a table's column.
        let mut names: Vec<ast::Ident> = Vec::new();
        let mut rest = chain;
        if let ast::Expr::Identifier(first) = root {
            names.push(first.clone());
            while let [ast::AccessExpr::Dot(ast::Expr::Identifier(name)), more @ ..] = rest {
                names.push(name.clone());
                rest = more;
            }
        }
        let mut value = if names.is_empty() {
            self.expr(root)?
        } else {
            self.name(&names)?
        };
        for access in rest {
            value = match access {
                ast::AccessExpr::Dot(ast::Expr::Identifier(name)) => self.field(value, name)?,
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                    let index = self.expr(index)?;
                    let place = index.place;
                    let is_struct = matches!(value.dtype, DataType::Struct(_));
                    let name = match &value.kind {
                        _ if is_struct => "field",
                        // Entries have the type of a map.
                        Kind::Call { function, .. } if function.name == "map_entries" => "entry",
                        _ => "subscript",
                    };
                    self.operator(name, vec![value, index], place)?
                }
                other => {
                    return Err(unsupported(
                        format!("`{other}`"),
                        "use slice(array, start, length)",
                        span(root),
                    ));
                }
            };
        }
        Ok(value)
    }

    fn parameter(&mut self, name: &str, place: Span) -> SqlResult<Expr> {
        let bare = name.trim_start_matches(':');
        match self.catalog.parameter(bare) {
            Some(mut value) => {
                value.place = place;
                Ok(value)
            }
            None => {
                let is_named = name.starts_with(':')
                    && bare.starts_with(|first: char| first.is_alphabetic() || first == '_');
                let instead = if is_named {
                    format!("give it a value: sql(…, {bare}=…), or make a widget of this name")
                } else {
                    "parameters have names: write :day, and sql(…, day=…)".to_owned()
                };
                Err(unsupported(
                    format!("the parameter {name} without a value"),
                    instead,
                    place,
                ))
            }
        }
    }

    fn is(&mut self, inner: &ast::Expr, what: &str, negated: bool) -> SqlResult<Expr> {
        let value = self.expr(inner)?;
        let place = value.place;
        let found = self.operator(what, vec![value], place)?;
        self.negated(found, negated)
    }

    fn negated(&mut self, found: Expr, negated: bool) -> SqlResult<Expr> {
        if !negated {
            return Ok(found);
        }
        let place = found.place;
        self.operator("not", vec![found], place)
    }

    fn binary(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        place: Span,
    ) -> SqlResult<Expr> {
        use ast::BinaryOperator as Op;
        let is_and = match op {
            Op::And => true,
            Op::Or => false,
            op => {
                let name = operator_name(op).ok_or_else(|| {
                    let instead = match op {
                        ast::BinaryOperator::Custom(op) if op == "&&" => "write AND",
                        ast::BinaryOperator::PGOverlap => "write AND",
                        ast::BinaryOperator::PGRegexMatch => "write RLIKE",
                        ast::BinaryOperator::PGRegexIMatch => "write RLIKE with (?i) before the pattern",
                        ast::BinaryOperator::PGRegexNotMatch => "write NOT … RLIKE …",
                        ast::BinaryOperator::Arrow | ast::BinaryOperator::LongArrow => {
                            "write get_json_object(text, '$.field')"
                        }
                        ast::BinaryOperator::Xor => "write <> between two conditions",
                        _ => "`%help sql` lists the operators",
                    };
                    unsupported(format!("the operator {op}"), instead, place)
                })?;
                // `= ANY (…)` may come as a comparison with a call.
                let args = vec![self.expr(left)?, self.expr(right)?];
                return self.operator(name, args, place);
            }
        };
        // Long chains are one level.
        let mut parts = vec![right];
        let mut next = left;
        while let ast::Expr::BinaryOp {
            left,
            op: inner,
            right,
        } = next
            && inner == op
        {
            parts.push(right);
            next = left;
        }
        parts.push(next);
        let mut conditions = Vec::new();
        for part in parts.into_iter().rev() {
            let bound = self.expr(part)?;
            conditions.push(self.as_condition(bound, if is_and { "AND" } else { "OR" })?);
        }
        let kind = if is_and {
            Kind::And(conditions)
        } else {
            Kind::Or(conditions)
        };
        Ok(Expr::new(kind, DataType::Boolean, place))
    }

    fn unary(&mut self, op: ast::UnaryOperator, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        match op {
            ast::UnaryOperator::Minus => {
                // The least number cannot be written without its sign.
                if let ast::Expr::Value(value) = expr
                    && let ast::Value::Number(number, long) = &value.value
                {
                    return literal::number(&format!("-{number}"), *long, place);
                }
                let value = self.expr(expr)?;
                self.operator("negative", vec![value], place)
            }
            ast::UnaryOperator::Plus => {
                let value = self.expr(expr)?;
                self.operator("positive", vec![value], place)
            }
            ast::UnaryOperator::Not | ast::UnaryOperator::BangNot => {
                let bound = self.expr(expr)?;
                let condition = self.as_condition(bound, "NOT")?;
                self.operator("not", vec![condition], place)
            }
            ast::UnaryOperator::BitwiseNot => {
                let value = self.expr(expr)?;
                self.operator("~", vec![value], place)
            }
            other => Err(unsupported(
                format!("the operator {other}"),
                "`%help sql` lists the operators",
                place,
            )),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one clause")]
    fn like(
        &mut self,
        name: &str,
        negated: bool,
        any: bool,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::ValueWithSpan>,
        place: Span,
    ) -> SqlResult<Expr> {
        let value = self.expr(expr)?;
        // `LIKE ANY ('a%', 'b%')`, and `LIKE ALL`, which the parser takes for a function.
        let (patterns, all) = match pattern {
            ast::Expr::Tuple(patterns) => (patterns.clone(), !any),
            ast::Expr::Nested(one) if any => (vec![(**one).clone()], false),
            ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("all") => {
                (self.plain_arguments(call)?.into_iter().cloned().collect(), true)
            }
            ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("some") => {
                (self.plain_arguments(call)?.into_iter().cloned().collect(), false)
            }
            one => (vec![one.clone()], false),
        };
        let mut found = Vec::new();
        for pattern in &patterns {
            let mut args = vec![value.clone(), self.expr(pattern)?];
            if let Some(escape) = escape {
                args.push(literal::literal(&escape.value, place)?);
            }
            let one = self.operator(name, args, place)?;
            found.push(self.negated(one, negated)?);
        }
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        let kind = if all { Kind::And(found) } else { Kind::Or(found) };
        Ok(Expr::new(kind, DataType::Boolean, place))
    }

    fn any_or_all(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
        place: Span,
    ) -> SqlResult<Expr> {
        let name = operator_name(op).filter(|name| matches!(*name, "=" | "<>" | "<" | "<=" | ">" | ">="));
        let comparison = name.and_then(function);
        let Some(comparison) = comparison else {
            return Err(unsupported(
                format!("{op} before ANY or ALL"),
                "use a comparison",
                place,
            ));
        };
        let value = self.expr(left)?;
        let query = match right {
            ast::Expr::Subquery(query) => query,
            ast::Expr::Nested(inner) => match &**inner {
                ast::Expr::Subquery(query) => query,
                _ => {
                    return Err(unsupported(
                        "ANY or ALL of this",
                        "write a query in the brackets",
                        place,
                    ));
                }
            },
            _ => {
                return Err(unsupported(
                    "ANY or ALL of this",
                    "write a query in the brackets",
                    place,
                ));
            }
        };
        match (comparison.name, all) {
            ("=", false) => self.in_subquery(vec![value], query, place),
            ("<>", true) => {
                let found = self.in_subquery(vec![value], query, place)?;
                self.negated(found, true)
            }
            _ => self.quantified(value, comparison, all, query),
        }
    }

    fn ceil(
        &mut self,
        name: &str,
        expr: &ast::Expr,
        field: &ast::CeilFloorKind,
        place: Span,
    ) -> SqlResult<Expr> {
        let mut args = vec![self.expr(expr)?];
        match field {
            ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime) => {}
            ast::CeilFloorKind::DateTimeField(field) => {
                return Err(unsupported(
                    format!("{name}(… TO {field})"),
                    "use date_trunc",
                    place,
                ));
            }
            ast::CeilFloorKind::Scale(value) => args.push(literal::literal(&value.value, place)?),
        }
        self.operator(name, args, place)
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        place: Span,
    ) -> SqlResult<Expr> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let mut branches = Vec::new();
        for branch in conditions {
            let condition = self.expr(&branch.condition)?;
            let condition = match &operand {
                Some(operand) => self.operator("=", vec![operand.clone(), condition], place)?,
                None => self.as_condition(condition, "WHEN")?,
            };
            branches.push((condition, self.expr(&branch.result)?));
        }
        let otherwise = otherwise.map(|otherwise| self.expr(otherwise)).transpose()?;
        self.choice(branches, otherwise, place)
    }

    /// Makes a choice between values, which get one type.
    pub(super) fn choice(
        &mut self,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Expr>,
        place: Span,
    ) -> SqlResult<Expr> {
        let values = branches.iter().map(|(_, value)| value).chain(&otherwise);
        let dtypes: Vec<DataType> = values.map(|value| value.dtype.clone()).collect();
        let Some(dtype) = types::common_of(dtypes.iter()) else {
            let known = dtypes
                .iter()
                .find(|dtype| **dtype != DataType::Null)
                .unwrap_or(&DataType::Null);
            let odd = dtypes
                .iter()
                .find(|dtype| types::common(known, dtype).is_none())
                .unwrap_or(known);
            let kind = SqlErrorKind::Mismatch {
                what: "the values of CASE".to_owned(),
                left: types::sql_name(known),
                right: types::sql_name(odd),
            };
            return Err(kind.at(place));
        };
        let branches = branches
            .into_iter()
            .map(|(when, value)| (when, value.cast(&dtype, CastHow::Implicit)));
        let kind = Kind::Case {
            branches: branches.collect(),
            otherwise: otherwise.map(|value| Box::new(value.cast(&dtype, CastHow::Implicit))),
        };
        Ok(Expr::new(kind, dtype, place))
    }

    /// Casts as the query says.
    pub(super) fn cast(
        &mut self,
        value: Expr,
        dtype: &DataType,
        how: CastHow,
        place: Span,
    ) -> SqlResult<Expr> {
        if !types::can_cast(&value.dtype, dtype) && types::is_interval(&value.dtype) {
            let what = format!("CAST of an interval to {}", types::sql_name(dtype));
            let instead = "take a part of it: extract(DAY FROM interval), extract(HOUR FROM interval)";
            return Err(unsupported(what, instead, place));
        }
        if !types::can_cast(&value.dtype, dtype) && types::is_interval(dtype) {
            let what = format!("CAST of {} to an interval", types::sql_name(&value.dtype));
            let instead = "multiply a unit: n * INTERVAL 1 DAY, n * INTERVAL 1 MONTH";
            return Err(unsupported(what, instead, place));
        }
        if !types::can_cast(&value.dtype, dtype) {
            let kind = SqlErrorKind::ArgumentType {
                function: "CAST".to_owned(),
                argument: "the value".to_owned(),
                expected: format!("something that can become {}", types::sql_name(dtype)),
                found: types::sql_name(&value.dtype),
                cast: None,
            };
            return Err(kind.at(place));
        }
        let input = Box::new(value);
        Ok(Expr::new(Kind::Cast { input, how }, dtype.clone(), place))
    }

    fn interval(&mut self, interval: &ast::Interval, place: Span) -> SqlResult<Expr> {
        let unit = interval.leading_field.as_ref().map(ToString::to_string);
        let last = interval.last_field.as_ref().map(ToString::to_string);
        if let Some(constant) = literal::interval(&interval.value, unit.as_deref(), last.as_deref(), place)? {
            return Ok(constant);
        }
        // `INTERVAL n DAYS` with a column.
        let value = self.expr(&interval.value)?;
        let Some(unit) = unit else {
            return Err(unsupported(
                "an INTERVAL of a column without a unit",
                "write INTERVAL n DAYS",
                place,
            ));
        };
        let one = literal::unit(&unit, place)?;
        self.operator("*", vec![one, value], place)
    }
}

/// Returns the name of the function that an operator is.
fn operator_name(op: &ast::BinaryOperator) -> Option<&'static str> {
    use ast::BinaryOperator as Op;
    Some(match op {
        Op::Plus => "+",
        Op::Minus => "-",
        Op::Multiply => "*",
        Op::Divide => "/",
        Op::Modulo => "%",
        Op::MyIntegerDivide => "div",
        Op::DuckIntegerDivide => "//",
        Op::StringConcat => "||",
        Op::Gt => ">",
        Op::Lt => "<",
        Op::GtEq => ">=",
        Op::LtEq => "<=",
        Op::Spaceship => "<=>",
        Op::Eq => "=",
        Op::NotEq => "<>",
        Op::BitwiseOr => "|",
        Op::BitwiseAnd => "&",
        Op::BitwiseXor => "^",
        Op::PGBitwiseShiftLeft => "<<",
        Op::PGBitwiseShiftRight => ">>",
        _ => return None,
    })
}
