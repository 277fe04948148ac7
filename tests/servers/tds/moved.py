"""Changes of a table by what is in others (`UPDATE … FROM`, `DELETE … FROM`), which SQLite writes otherwise."""

from __future__ import annotations

from sqlglot import exp


def target(statement: exp.Update) -> exp.Table:
    """Returns the table that is changed: the statement may have it by an alias of its FROM."""
    found = _in_from(statement)
    return statement.this if found is None else found


def _in_from(statement: exp.Update) -> exp.Table | None:
    for table in _tables(statement.args.get("from_")):
        if table.alias_or_name.lower() == statement.this.name.lower():
            return table
    return None


def _tables(reads: exp.From | None) -> list[exp.Expression]:
    if reads is None:
        return []
    joins = [*(reads.this.args.get("joins") or []), *(reads.args.get("joins") or [])]
    return [reads.this, *(join.this for join in joins)]


def update(statement: exp.Update) -> exp.Update:
    """Writes `UPDATE alias … FROM table AS alias JOIN other ON …` as `UPDATE table AS alias … FROM other WHERE …`."""
    changed = _in_from(statement)
    if changed is None:
        return statement
    reads = statement.args["from_"]
    joins = list(reads.this.args.get("joins") or [])
    others, conditions = [], []
    if reads.this is not changed:
        others.append(reads.this)
    for join in joins:
        if join.this is not changed:
            others.append(join.this)
        if join.args.get("on") is not None:
            conditions.append(join.args["on"])
    reads.this.set("joins", None)
    new = changed.copy()
    new.set("hints", None)
    statement.set("this", new)
    statement.set("from_", None)
    if others:
        first = others[0].copy()
        first.set("joins", [exp.Join(this=other.copy(), kind="CROSS") for other in others[1:]])
        statement.set("from_", exp.From(this=first))
    for condition in conditions:
        statement.where(condition.copy(), copy=False)
    return statement


def delete(statement: exp.Delete) -> exp.Delete:
    """Writes `DELETE alias FROM table AS alias JOIN other ON …` by the numbers that SQLite has for rows."""
    joins = statement.this.args.get("joins")
    if not joins and not statement.args.get("tables"):
        return statement
    read = statement.this.copy()
    rows = exp.select(exp.column("rowid", table=read.alias_or_name)).from_(read)
    if where := statement.args.get("where"):
        rows = rows.where(where.this.copy())
    bare = statement.this.copy()
    bare.set("joins", None)
    bare.set("alias", None)
    return exp.Delete(this=bare, where=exp.Where(this=exp.In(this=exp.column("rowid"), query=exp.Subquery(this=rows))))
