//! What holds without a server: marks, places, settings, and values both ways.

mod values;

use proptest::prelude::*;

use super::lexer::tokens;
use super::marks::{self, sent};
use super::named_at;
use super::settings::Settings;
use super::write::Line;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::TokenKind;
use crate::database::verifier::Check;
use crate::secret::{Address, Destination, Reference, Resolver, SecretError, SecretValue, open};

fn named(names: &[&str]) -> Vec<Parameter> {
    let each = names.iter().map(|name| Parameter {
        name: Some((*name).to_owned()),
        value: Bound::Null,
    });
    each.collect()
}

fn numbered(count: usize) -> Vec<Parameter> {
    vec![
        Parameter {
            name: None,
            value: Bound::Null,
        };
        count
    ]
}

#[test]
fn names_become_numbers_but_in_texts_names_comments_and_casts() {
    for (sql, names, expected) in [
        ("SELECT :a, :b, :a", vec!["b", "a"], "SELECT $1, $2, $1"),
        (
            "SELECT ':a', E'\\':a', :a::text",
            vec!["a"],
            "SELECT ':a', E'\\':a', $1::text",
        ),
        (
            "SELECT $$ :a $$, $t$ $$ :a $t$, :a",
            vec!["a"],
            "SELECT $$ :a $$, $t$ $$ :a $t$, $1",
        ),
        (
            "SELECT \":a\" -- :a\n, /* :a /* */ :a */ :a",
            vec!["a"],
            "SELECT \":a\" -- :a\n, /* :a /* */ :a */ $1",
        ),
        ("SELECT x[1:n], y[:a:n]", vec!["a"], "SELECT x[1:n], y[$1:n]"),
        (
            "SELECT 'it''s :a', a$b$c, :größe",
            vec!["größe"],
            "SELECT 'it''s :a', a$b$c, $1",
        ),
        ("SELECT f(a := :a)", vec!["a"], "SELECT f(a := $1)"),
    ] {
        assert_eq!(sent(sql, &named(&names)).unwrap().text, expected, "{sql}");
    }
}

#[test]
fn marks_and_parameters_have_to_belong_together() {
    let said = |sql: &str, parameters: &[Parameter]| sent(sql, parameters).unwrap_err().to_string();
    assert_eq!(
        said("SELECT :daay", &named(&["day"])),
        "the statement has the mark `:daay`, and no value of that name is given; did you mean `:day`?"
    );
    assert_eq!(
        said("SELECT :a", &named(&["a", "b"])),
        "a value is given for `:b`, and the statement has no such mark"
    );
    assert_eq!(
        said("SELECT $1", &named(&["a"])),
        "the statement has the mark `$1`, and the parameters have names: write `:a`"
    );
    assert_eq!(
        said("SELECT $1, $2", &numbered(1)),
        "the statement has 2 marks, `$1` to `$2`, and one value is given"
    );
    assert_eq!(
        said("SELECT 1", &numbered(1)),
        "the statement has no mark and one value is given"
    );
    assert_eq!(
        said("SELECT ?", &numbered(1)),
        "the marks of PostgreSQL are `$1`, `$2` or `:name`; `?` is an operator of it"
    );
    assert_eq!(
        said("SELECT :a", &[]),
        "the statement has the mark `:a`, and no value of that name is given"
    );
    // The body of a function has marks of its own.
    assert!(sent("CREATE FUNCTION f(int) RETURNS int RETURN $1", &[]).is_ok());
}

#[test]
fn places_are_those_of_what_was_written() {
    let sql = "SELECT 'ü', :name, nope, :name FROM t";
    let sent = sent(sql, &named(&["name"])).unwrap();
    assert_eq!(sent.text, "SELECT 'ü', $1, nope, $1 FROM t");
    let position = 1 + sent.text.chars().position(|c| c == 'n').unwrap();
    let place = marks::place(&sent, position).unwrap();
    assert!(sql[place..].starts_with("nope"));
    let place = marks::place(&sent, sent.text.chars().count()).unwrap();
    assert_eq!(&sql[place..], "t");
    assert_eq!(marks::place(&sent, 0), None);
}

#[test]
fn a_second_statement_is_found() {
    let second = |sql: &str| sent(sql, &[]).unwrap().second().map(|at| sql[at..].to_owned());
    assert_eq!(second("SELECT ';' ; -- ;\n"), None);
    assert_eq!(second("SELECT 1;; SELECT 2").as_deref(), Some("SELECT 2"));
    assert_eq!(second("SELECT $$;$$ x"), None);
}

#[test]
fn the_name_of_a_table_is_read_where_the_server_points_to_it() {
    assert_eq!(named_at("SELECT * FROM \"Odd \"\"Table\" x", 14), "Odd \"Table");
    assert_eq!(named_at("SELECT * FROM a.b.c x", 14), "c");
    assert_eq!(named_at("SELECT * FROM t", 99), "");
}

#[test]
fn the_row_of_an_error_is_read_in_any_language() {
    let place = |context: &str| Line::new(context).map(|line| (line.row, line.column));
    assert_eq!(
        place("COPY t, line 12, column c"),
        Some((12, Some("c".to_owned())))
    );
    assert_eq!(
        place("JSON data, line 1: {x\nCOPY t, line 3, column j"),
        Some((3, Some("j".to_owned())))
    );
    assert_eq!(place("COPY t, Zeile 7"), Some((7, None)));
    assert_eq!(place("SQL statement \"SELECT 1\""), None);
}

struct Nobody;

impl Resolver for Nobody {
    fn values(
        &self,
        _: &std::collections::BTreeSet<Reference>,
        _: &Destination,
    ) -> Result<std::collections::BTreeMap<Reference, SecretValue>, SecretError> {
        Ok(std::collections::BTreeMap::new())
    }
}

#[test]
fn an_address_is_read_and_what_is_wrong_in_it_is_not_quoted() {
    let read = |url: &str| Settings::new(&open(Address::parse(url).unwrap(), &Nobody).unwrap());
    let settings = read("postgresql://me:pw@[::1]/?application_name=a&search_path=x").unwrap();
    assert_eq!(settings.name(), "PostgreSQL at [::1]:5432");
    assert_eq!(settings.config.get_dbname(), Some("me"));
    assert_eq!(settings.config.get_password(), Some(&b"pw"[..]));
    assert_eq!(settings.path.as_deref(), Some("x"));
    let settings = read("jdbc:postgresql://db.example.com:99/d?user=me&password=pw&ssl=true").unwrap();
    assert_eq!((settings.config.get_user(), settings.port), (Some("me"), 99));
    let mode = |url: &str| {
        let settings = read(url).unwrap();
        (format!("{:?}", settings.config.get_ssl_mode()), settings.check)
    };
    assert_eq!(
        mode("postgres://me@db.example.com"),
        ("Require".to_owned(), Check::Everything)
    );
    assert_eq!(
        mode("postgres://me@localhost"),
        ("Prefer".to_owned(), Check::Nothing)
    );
    assert_eq!(
        mode("postgres://me@127.0.0.9?sslmode=require"),
        ("Require".to_owned(), Check::Everything)
    );
    for url in [
        "postgres://me@h?sslmode=prefer",
        "postgres://me@h?sslmode=GEHEIM",
        "postgres://me@h?connect_timeout=GEHEIM",
        "postgres://GEHEIM@h?sslmod=x",
        "postgres://h/GEHEIM",
    ] {
        let error = read(url).err().unwrap();
        assert!(matches!(error, DatabaseError::Usage { .. }));
        assert!(!error.to_string().contains("GEHEIM"), "{error}");
    }
}

proptest! {
    #[test]
    fn tokens_are_in_order_and_none_is_empty(sql in "[ -~\nü$:'\"\\[\\]]{0,40}") {
        let mut end = 0;
        for token in tokens(&sql) {
            prop_assert!(token.range.start >= end && token.range.end > token.range.start);
            prop_assert!(sql.get(token.range.clone()).is_some());
            prop_assert!(token.kind != TokenKind::Named || token.text(&sql).len() > 1);
            end = token.range.end;
        }
        prop_assert!(end <= sql.len());
    }
}
