//! What statements of a rehearsal do, as far as their text says it: which tables they change, and whether they end the transaction.

use sqlparser::ast::{
    AlterTableOperation, FromTable, ObjectName, Query, SetExpr, Statement, TableFactor, TableObject,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::database::table::TableName;

/// What begins statements that begin or end transactions.
const TRANSACTION: [&str; 13] = [
    "ABORT",
    "BEGIN",
    "CHECKPOINT",
    "COMMIT",
    "DETACH",
    "ATTACH",
    "END",
    "PREPARE",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
    "VACUUM",
];

/// Returns the word of a statement that would end the transaction, or cannot be undone in it.
pub(super) fn ending(sql: &str) -> Option<String> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else {
        // What cannot be read here, the database reads; each word that could be one is one.
        let mut words = sql
            .split(|letter: char| !letter.is_alphanumeric())
            .map(str::to_uppercase);
        return words.find(|word| TRANSACTION.contains(&word.as_str()));
    };
    let mut tokens = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)));
    let mut is_first = true;
    tokens.find_map(|token| {
        let word = match &token {
            Token::Word(word) if is_first => Some(word.value.to_uppercase()),
            _ => None,
        };
        is_first = token == Token::SemiColon;
        word.filter(|word| TRANSACTION.contains(&word.as_str()))
    })
}

/// Returns the tables that statements change; `None` where that cannot be told.
pub(super) fn changed(sql: &str) -> Option<Vec<TableName>> {
    let statements = Parser::parse_sql(&GenericDialect {}, sql).ok()?;
    let mut tables = Vec::new();
    for statement in statements {
        match statement {
            Statement::Insert(insert) => match insert.table {
                TableObject::TableName(name) => tables.push(table(&name)?),
                _ => return None,
            },
            Statement::Update(update) => tables.push(of_factor(&update.table.relation)?),
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
                for from in &from {
                    tables.push(of_factor(&from.relation)?);
                }
            }
            Statement::CreateTable(create) => tables.push(table(&create.name)?),
            Statement::AlterTable(alter) if alter.operations.iter().all(keeps_name) => {
                tables.push(table(&alter.name)?);
            }
            Statement::Truncate(truncate) if truncate.cascade.is_none() => {
                for target in &truncate.table_names {
                    tables.push(table(&target.name)?);
                }
            }
            Statement::Query(query) if !changes(&query) => {}
            Statement::CreateIndex(_) | Statement::CreateView { .. } => {}
            _ => return None,
        }
    }
    Some(tables)
}

/// Returns whether a query changes something on its way: `WITH gone AS (DELETE …) SELECT …`.
fn changes(query: &Query) -> bool {
    let is_change = |body: &SetExpr| {
        matches!(
            body,
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)
        )
    };
    let mut within = query.with.iter().flat_map(|with| &with.cte_tables);
    is_change(&query.body) || within.any(|table| changes(&table.query))
}

/// Returns whether a table that is altered so is found by its name afterwards.
fn keeps_name(operation: &AlterTableOperation) -> bool {
    matches!(
        operation,
        AlterTableOperation::AddColumn { .. }
            | AlterTableOperation::DropColumn { .. }
            | AlterTableOperation::RenameColumn { .. }
            | AlterTableOperation::AlterColumn { .. }
            | AlterTableOperation::AddConstraint { .. }
            | AlterTableOperation::DropConstraint { .. }
    )
}

fn of_factor(factor: &TableFactor) -> Option<TableName> {
    match factor {
        TableFactor::Table { name, .. } => table(name),
        _ => None,
    }
}

fn table(name: &ObjectName) -> Option<TableName> {
    let parts = name
        .0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.clone()));
    match parts.collect::<Option<Vec<String>>>()?.as_slice() {
        [name] => Some(TableName {
            schema: None,
            name: name.clone(),
        }),
        [schema, name] => Some(TableName {
            schema: Some(schema.clone()),
            name: name.clone(),
        }),
        _ => None,
    }
}
