//! Writing cells as a Jupyter notebook 4.5: identities, metadata and attachments of cells stay, outputs do not.

use std::collections::BTreeSet;

use serde_json::map::Map;
use serde_json::value::Value;
use serde_json::{from_str, json};

use super::reading::{OURS, read_cell, read_code};
use crate::notebook::json::{Positions, Span, jupyter_text};
use crate::notebook::piece::{Line, Piece};
use crate::notebook::{Cell, CellKind};

/// Writes a notebook with this metadata.
pub(super) fn write(cells: &[Cell], metadata: Value) -> String {
    let mut taken = BTreeSet::new();
    let cells: Vec<Value> = cells.iter().map(|cell| write_cell(cell, &mut taken)).collect();
    jupyter_text(&json!({
        "cells": cells,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }))
}

fn write_cell(cell: &Cell, taken: &mut BTreeSet<String>) -> Value {
    let old = original(cell);
    let (cell_type, source, kind) = jupyter_source(cell);
    let mut written = Map::new();
    let mut put = |name: &str, value: Value| written.insert(name.to_owned(), value);
    if let Some(attachments) = old.get("attachments").filter(|_| cell_type != "code") {
        put("attachments", attachments.clone());
    }
    put("cell_type", cell_type.into());
    if cell_type == "code" {
        put("execution_count", Value::Null);
    }
    put("id", identity(cell, &old, taken).into());
    let metadata = match old.get("metadata") {
        Some(metadata) if metadata.is_object() => metadata.clone(),
        _ => new_metadata(cell, kind),
    };
    put("metadata", metadata);
    if cell_type == "code" {
        put("outputs", json!([]));
    }
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    put("source", lines.into());
    Value::Object(written)
}

/// Returns the cell as its file has it, when that is a Jupyter notebook; otherwise nothing.
fn original(cell: &Cell) -> Map<String, Value> {
    let text = cell.text.as_str();
    let read = || {
        let span = Span::first(text);
        let value: Map<String, Value> = from_str(span.text()).ok()?;
        let same = read_cell(Piece::whole(text), span, &Positions::new(text)) == *cell;
        (same && value.contains_key("cell_type")).then_some(value)
    };
    if text.starts_with('{') {
        read().unwrap_or_default()
    } else {
        Map::new()
    }
}

/// Returns the type and source under which a cell is written, and its kind where only metadata can tell it.
fn jupyter_source(cell: &Cell) -> (&'static str, String, Option<&str>) {
    let kind = cell.kind();
    if *kind == CellKind::MARKDOWN {
        return ("markdown", cell.source().to_owned(), None);
    }
    if *kind == CellKind::RAW {
        return ("raw", cell.source().to_owned(), None);
    }
    let source = if kind.is_python() {
        cell.source().to_owned()
    } else {
        format!("%{}", cell.to_magic())
    };
    let lines: Vec<Line<'_>> = Piece::whole(&source).lines().collect();
    let read = read_code(None, &lines);
    let is_clear = read.kind == *kind && read.source == cell.source();
    ("code", source, (!is_clear).then_some(kind.word()))
}

fn new_metadata(cell: &Cell, kind: Option<&str>) -> Value {
    let mut metadata = Map::new();
    if let Some(kind) = kind {
        metadata.insert(OURS.to_owned(), json!({ "kind": kind }));
    }
    if let Some(title) = &cell.title {
        if !title.shown {
            metadata.insert("show_title".to_owned(), false.into());
        }
        metadata.insert("title".to_owned(), title.text.as_str().into());
    }
    Value::Object(metadata)
}

/// Returns the identity that a cell has, or one made of what it says; no two cells share one.
fn identity(cell: &Cell, old: &Map<String, Value>, taken: &mut BTreeSet<String>) -> String {
    let valid = |id: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=60).contains(&id.len()) && id.bytes().all(allowed)
    };
    let base = if let Some(id) = old.get("id").and_then(Value::as_str).filter(valid) {
        id.to_owned()
    } else {
        let mut hasher = blake3::Hasher::new();
        for part in [
            cell.kind().word(),
            cell.title().unwrap_or_default(),
            cell.source(),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(8).collect()
    };
    let again = (2..).map(|count: u32| format!("{base}-{count}"));
    let free = [base.clone()]
        .into_iter()
        .chain(again)
        .find(|id| !taken.contains(id));
    let id = free.unwrap_or(base);
    taken.insert(id.clone());
    id
}
