//! Local times of other zones.

use polars::prelude::{DataType, Expr as PolarsExpr, PolarsResult};

use super::arithmetic::out_of_range;
use super::rows::{self, Memo};
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::moments::zone::Zone;
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static ZONES: &[Function] = &[
    scalar(
        "from_utc_timestamp",
        "timestamp, zone",
        "what the clocks of a zone show at a time of UTC",
        &[P::Timestamp, P::Text],
        Is(Type::Timestamp),
        to_local,
    )
    .fails(),
    scalar(
        "to_utc_timestamp",
        "timestamp, zone",
        "the time of UTC at which the clocks of a zone show this",
        &[P::Timestamp, P::Text],
        Is(Type::Timestamp),
        |args| {
            rows::wholes::<Memo<Zone>>(args.exprs, &types::timestamp(), |row, zones| {
                let zone = zones.of(row.text(1), zone)?;
                in_range(zone.utc(row.whole(0)))
            })
        },
    )
    .fails(),
    scalar(
        "convert_timezone",
        "[from, ]to, timestamp",
        "what the clocks of one zone show when those of another show this",
        &[P::Text, P::Any, P::Timestamp],
        Is(Type::Timestamp),
        convert,
    )
    .optional(1)
    .fails(),
    // Refused wherever they are called (see `refusal`).
    scalar(
        "current_date",
        "",
        "not here: a notebook gives the same at every run; give the day as a parameter",
        &[],
        Is(Type::Date),
        |_| polars::prelude::lit(polars::prelude::NULL),
    )
    .also(&["curdate"]),
    scalar(
        "current_timestamp",
        "",
        "not here: a notebook gives the same at every run; give the time as a parameter",
        &[],
        Is(Type::Timestamp),
        |_| polars::prelude::lit(polars::prelude::NULL),
    )
    .also(&["now", "localtimestamp"]),
    scalar(
        "current_timezone",
        "",
        "the zone in which timestamps are read and written: UTC",
        &[],
        Is(Type::Text),
        |_| polars::prelude::lit("UTC"),
    ),
];

/// Reads a zone.
pub(super) fn zone(name: &str) -> PolarsResult<Zone> {
    Zone::read(name).ok_or_else(|| {
        failed(
            &format!("there is no time zone `{name}`"),
            "write a name such as Europe/Berlin, or an offset such as +02:00",
        )
    })
}

pub(super) fn in_range(micros: Option<i64>) -> PolarsResult<Option<i64>> {
    micros.map(Some).ok_or_else(|| out_of_range("TIMESTAMP"))
}

/// Makes the local time of a zone of a moment.
pub(super) fn to_local(args: Arguments<'_>) -> PolarsExpr {
    rows::wholes::<Memo<Zone>>(args.exprs, &types::timestamp(), |row, zones| {
        let zone = zones.of(row.text(1), zone)?;
        in_range(zone.local(row.whole(0)))
    })
}

fn convert(mut args: Arguments<'_>) -> PolarsExpr {
    if args.len() == 2 {
        let moment = args.take(1);
        let moment = crate::frame::sql::lower::cast::cast(
            moment,
            &args.dtype(1),
            &types::timestamp(),
            crate::frame::sql::expr::CastHow::Implicit,
        );
        let exprs = vec![args.take(0), moment];
        return rows::wholes::<Memo<Zone>>(exprs, &types::timestamp(), |row, zones| {
            in_range(zones.of(row.text(0), zone)?.local(row.whole(1)))
        });
    }
    let second = args.take(1).cast(DataType::String);
    let exprs = vec![args.take(0), second, args.take(2)];
    rows::wholes::<(Memo<Zone>, Memo<Zone>)>(exprs, &types::timestamp(), |row, (from, to)| {
        let from = from.of(row.text(0), zone)?;
        let to = to.of(row.text(1), zone)?;
        in_range(from.utc(row.whole(2)).and_then(|utc| to.local(utc)))
    })
}
