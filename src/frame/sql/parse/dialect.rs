//! [`Spark`]: how Spark SQL is read: its words, quotes and the order in which operators bind.

use std::any::TypeId;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Ident, Interval, ObjectName, TimezoneInfo, TrimWhereField, TypedString,
    Value,
};
use sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use sqlparser::keywords::{Keyword, RESERVED_FOR_IDENTIFIER};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token};

use crate::frame::sql::moments::unit_of;

/// Spark's dialect, with names in double quotes as well as in backticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spark;

impl Dialect for Spark {
    // What the parser asks of no dialect in particular.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        matches!(character, '"' | '`')
    }

    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }

    fn is_identifier_part(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_'
    }

    // A CASE that could also be a name would be read twice, and each within another, too.
    fn is_reserved_for_identifier(&self, word: Keyword) -> bool {
        word == Keyword::CASE || RESERVED_FOR_IDENTIFIER.contains(&word)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        true
    }

    // `LIKE '10\%'` keeps its backslash.
    fn ignores_wildcard_escapes(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        true
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_select_wildcard_except(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    // `struct(a AS x)`: the names in a call.
    fn supports_struct_literal(&self) -> bool {
        true
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }

    fn supports_bang_not_operator(&self) -> bool {
        true
    }

    fn supports_cte_without_as(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn supports_table_sample_before_alias(&self) -> bool {
        true
    }

    fn supports_order_by_all(&self) -> bool {
        true
    }

    fn supports_pipe_operator(&self) -> bool {
        true
    }

    // `|> SET` is written with it.
    fn supports_select_wildcard_replace(&self) -> bool {
        true
    }

    fn supports_limit_comma(&self) -> bool {
        true
    }

    fn supports_long_type_as_bigint(&self) -> bool {
        true
    }

    fn supports_numeric_prefix(&self) -> bool {
        false
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        false
    }

    fn supports_from_first_select(&self) -> bool {
        true
    }

    fn supports_boolean_literals(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match &parser.peek_token_ref().token {
            // Beside `+`, not beside `*`.
            Token::StringConcat => Some(Ok(self.prec_value(Precedence::PlusMinus))),
            Token::ShiftLeft | Token::ShiftRight => Some(Ok(self.prec_value(Precedence::Xor))),
            _ => None,
        }
    }

    fn supports_interval_options(&self) -> bool {
        true
    }

    fn supports_select_item_multi_column_alias(&self) -> bool {
        true
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let word = match &parser.peek_token_ref().token {
            Token::Word(word) => word,
            Token::Number(_, false) => return suffixed(parser).map(Ok),
            _ => return None,
        };
        if word.quote_style.is_some() {
            return None;
        }
        if word.keyword == Keyword::INTERVAL {
            return amounts(parser).map(Ok);
        }
        if word.keyword == Keyword::EXISTS && is_function(parser) {
            parser.next_token();
            return Some(parser.parse_function(ObjectName::from(vec![Ident::new("exists")])));
        }
        // The parser knows them without brackets alone.
        if matches!(
            word.keyword,
            Keyword::CURRENT_USER | Keyword::SESSION_USER | Keyword::USER
        ) && parser.peek_nth_token_ref(1).token == Token::LParen
        {
            let name = Ident::with_span(parser.peek_token_ref().span, word.value.to_lowercase());
            parser.next_token();
            return Some(parser.parse_function(ObjectName::from(vec![name])));
        }
        if word.keyword == Keyword::TRIM
            && let Some(side) = bare_trim(parser)
        {
            return Some(trimmed(parser, side));
        }
        if word.value.eq_ignore_ascii_case("timestamp_ltz") {
            return local_timestamp(parser).map(Ok);
        }
        None
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        if let Some(matched) = rlike(parser, left) {
            return Some(matched);
        }
        if !parser.parse_keyword(Keyword::DIV) {
            return None;
        }
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| Expr::BinaryOp {
            left: Box::new(left.clone()),
            op: BinaryOperator::MyIntegerDivide,
            right: Box::new(right),
        }))
    }
}

/// Reads `[NOT] RLIKE …`: the parser takes a NULL behind it for a part of the operator.
fn rlike(parser: &mut Parser, left: &Expr) -> Option<Result<Expr, ParserError>> {
    let keyword = |at: usize| match &parser.peek_nth_token_ref(at).token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    };
    let negated = keyword(0) == Some(Keyword::NOT);
    let word =
        keyword(usize::from(negated)).filter(|word| matches!(word, Keyword::RLIKE | Keyword::REGEXP))?;
    for _ in 0..=usize::from(negated) {
        parser.advance_token();
    }
    let pattern = parser.parse_subexpr(Spark.prec_value(Precedence::Like));
    Some(pattern.map(|pattern| Expr::RLike {
        negated,
        expr: Box::new(left.clone()),
        pattern: Box::new(pattern),
        regexp: word == Keyword::REGEXP,
    }))
}

/// Returns the side of `TRIM(LEADING FROM …`, which does not say what is cut off: the parser takes its FROM for a name.
fn bare_trim(parser: &Parser) -> Option<TrimWhereField> {
    let keyword = |at: usize| match &parser.peek_nth_token_ref(at).token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    };
    let opens = parser.peek_nth_token_ref(1).token == Token::LParen;
    let side = match keyword(2)? {
        Keyword::BOTH => TrimWhereField::Both,
        Keyword::LEADING => TrimWhereField::Leading,
        Keyword::TRAILING => TrimWhereField::Trailing,
        _ => return None,
    };
    (opens && keyword(3) == Some(Keyword::FROM)).then_some(side)
}

/// Reads `TRIM(LEADING FROM text)`.
fn trimmed(parser: &mut Parser, side: TrimWhereField) -> Result<Expr, ParserError> {
    for _ in 0..4 {
        parser.advance_token();
    }
    let text = parser.parse_expr()?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Trim {
        expr: Box::new(text),
        trim_where: Some(side),
        trim_what: None,
        trim_characters: None,
    })
}

/// Reads `INTERVAL 1 DAY 2 HOURS`, which is `INTERVAL '1 DAY 2 HOURS'`; an amount of one unit is left to the parser.
fn amounts(parser: &mut Parser) -> Option<Expr> {
    let word = |at: usize| match parser.peek_nth_token(at).token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value),
        _ => None,
    };
    let mut at = 1;
    let mut parts: Vec<String> = Vec::new();
    loop {
        let mut next = at;
        let mut amount = String::new();
        match parser.peek_nth_token(next).token {
            Token::Minus => amount.push('-'),
            Token::Plus => amount.push('+'),
            _ => next -= 1,
        }
        next += 1;
        match parser.peek_nth_token(next).token {
            Token::Number(number, _) => amount.push_str(&number),
            Token::SingleQuotedString(text) => amount.push_str(text.trim()),
            _ => break,
        }
        let Some(unit) = word(next + 1).filter(|unit| unit_of(unit).is_some()) else {
            break;
        };
        parts.push(format!("{amount} {unit}"));
        at = next + 2;
    }
    if parts.len() < 2 {
        return None;
    }
    let span = parser.peek_token_ref().span;
    for _ in 0..at {
        parser.advance_token();
    }
    Some(Expr::Interval(Interval {
        value: Box::new(text(
            parts.join(" "),
            span.union(&parser.get_current_token().span),
        )),
        leading_field: None,
        leading_precision: None,
        last_field: None,
        fractional_seconds_precision: None,
    }))
}

/// Reads `2S` or `2.5BD`: letters right behind a number say its type.
fn suffixed(parser: &mut Parser) -> Option<Expr> {
    let number = parser.peek_token_ref().clone();
    let next = parser.peek_nth_token(1);
    let Token::Word(word) = &next.token else {
        return None;
    };
    let is_type = ["S", "Y", "D", "F", "BD"].contains(&word.value.to_uppercase().as_str());
    if !is_type || word.quote_style.is_some() || number.span.end != next.span.start {
        return None;
    }
    parser.advance_token();
    parser.advance_token();
    Some(Expr::Prefixed {
        prefix: Ident::with_span(next.span, word.value.clone()),
        value: Box::new(Expr::Value(match number.token {
            Token::Number(text, long) => Value::Number(text, long).with_span(number.span),
            _ => return None,
        })),
    })
}

/// Reads `TIMESTAMP_LTZ '…'`.
fn local_timestamp(parser: &mut Parser) -> Option<Expr> {
    let next = parser.peek_nth_token(1);
    let Token::SingleQuotedString(value) = next.token else {
        return None;
    };
    parser.advance_token();
    parser.advance_token();
    Some(Expr::TypedString(TypedString {
        data_type: DataType::Timestamp(None, TimezoneInfo::None),
        value: Value::SingleQuotedString(value).with_span(next.span),
        uses_odbc_syntax: false,
    }))
}

fn text(text: String, span: Span) -> Expr {
    Expr::Value(Value::SingleQuotedString(text).with_span(span))
}

/// Returns whether `exists(` starts a call of the function of that name, and not a query.
fn is_function(parser: &Parser) -> bool {
    let mut at = 1;
    while parser.peek_nth_token_ref(at).token == Token::LParen {
        at += 1;
    }
    let first = &parser.peek_nth_token_ref(at).token;
    let is_query = matches!(first, Token::Word(word) if matches!(
        word.keyword,
        Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE | Keyword::FROM
    ));
    at > 1 && !is_query
}
