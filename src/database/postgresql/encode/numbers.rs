//! Numbers in PostgreSQL's binary format, as a column of numbers of another kind wants them: exactly, or not at all.

use bytes::{BufMut as _, BytesMut};

use super::Encoder;
use crate::database::postgresql::numeric;
use crate::database::postgresql::wire::Wire;

/// The largest whole numbers below which floats have all of them.
const EXACT: i128 = 1 << 53;
const EXACT_SINGLE: i128 = 1 << 24;

/// What adding up floats leaves behind, as a part of them.
const REMAINS: f64 = 1e-12;

impl Encoder {
    pub(super) fn put_whole(&self, value: i128, out: &mut BytesMut) -> Result<(), String> {
        let large = |_| self.too_large(&value.to_string());
        match self.wire {
            Wire::Int16 => {
                let value = i16::try_from(value).map_err(large)?;
                out.put_i32(2);
                out.put_i16(value);
            }
            Wire::Int32 => {
                let value = i32::try_from(value).map_err(large)?;
                out.put_i32(4);
                out.put_i32(value);
            }
            Wire::Int64 => {
                let value = i64::try_from(value).map_err(large)?;
                out.put_i32(8);
                out.put_i64(value);
            }
            Wire::Oid => {
                let value = u32::try_from(value).map_err(large)?;
                out.put_i32(4);
                out.put_u32(value);
            }
            Wire::Float64 => {
                self.check_exact(value, EXACT)?;
                out.put_i32(8);
                out.put_f64(value as f64);
            }
            Wire::Float32 => {
                self.check_exact(value, EXACT_SINGLE)?;
                out.put_i32(4);
                out.put_f32(value as f32);
            }
            _ => return self.put_decimal(value, 0, out),
        }
        Ok(())
    }

    fn check_exact(&self, value: i128, bound: i128) -> Result<(), String> {
        if (-bound..=bound).contains(&value) {
            return Ok(());
        }
        Err(format!(
            "{value} is not exactly a number of type {}",
            self.type_name
        ))
    }

    pub(super) fn put_decimal(&self, value: i128, scale: usize, out: &mut BytesMut) -> Result<(), String> {
        match &self.wire {
            Wire::Numeric {
                precision,
                scale: kept,
                is_bounded: true,
            } => {
                let lost = 10_i128.pow(u32::try_from(scale.saturating_sub(*kept)).unwrap_or(0));
                if value % lost != 0 {
                    let shown = numeric::shown(value, scale);
                    return Err(format!(
                        "{shown} has more digits behind the point than {} keeps; round it first",
                        self.type_name
                    ));
                }
                let least = 10_i128.checked_pow(
                    u32::try_from(precision + scale - kept.min(&(precision + scale))).unwrap_or(0),
                );
                if least.is_some_and(|least| value.abs() >= least) {
                    return Err(self.too_large(&numeric::shown(value, scale)));
                }
                numeric::put(value, scale, out);
            }
            Wire::Numeric { .. } => numeric::put(value, scale, out),
            Wire::Float64 | Wire::Float32 => {
                let number = numeric::shown(value, scale).parse::<f64>();
                return self.put_float(number.map_err(|error| error.to_string())?, false, out);
            }
            _ => return Err(self.too_large(&numeric::shown(value, scale))),
        }
        Ok(())
    }

    pub(super) fn put_float(&self, value: f64, is_single: bool, out: &mut BytesMut) -> Result<(), String> {
        match self.wire {
            Wire::Float64 => {
                out.put_i32(8);
                out.put_f64(value);
            }
            Wire::Float32 => {
                let short = value as f32;
                if short.is_infinite() && value.is_finite() {
                    return Err(self.too_large(&format!("{value:?}")));
                }
                if f64::from(short).total_cmp(&value).is_ne() && !value.is_nan() {
                    return Err(format!(
                        "{value:?} is not exactly a number of type {}; cast it to 32 bits first",
                        self.type_name
                    ));
                }
                out.put_i32(4);
                out.put_f32(short);
            }
            _ => {
                self.check_places(value, is_single)?;
                numeric::put_float(value, out);
            }
        }
        Ok(())
    }

    /// Checks that a float has no more digits behind the point than the column keeps, but for those that adding floats up
    /// leaves behind.
    fn check_places(&self, value: f64, is_single: bool) -> Result<(), String> {
        let Wire::Numeric {
            scale,
            is_bounded: true,
            ..
        } = self.wire
        else {
            return Ok(());
        };
        let moved = value * 10_f64.powi(i32::try_from(scale).unwrap_or(0));
        if !moved.is_finite() || (moved - moved.round()).abs() <= REMAINS * moved.abs() {
            return Ok(());
        }
        // One of 32 bits stays what it is when it is rounded: 0.1 has eight digits more there.
        let first = if is_single {
            "cast it to 64 bits and round it"
        } else {
            "round it"
        };
        Err(format!(
            "{value:?} has more digits behind the point than {} keeps; {first} first",
            self.type_name
        ))
    }

    fn too_large(&self, value: &str) -> String {
        format!("{value} is too large for {}", self.type_name)
    }
}
