//! Arithmetic as Python does it: whole numbers of any size are exact, and are compared with floats exactly.

use std::cmp::Ordering;

use starlark::values::float::StarlarkFloat;
use starlark::values::{Heap, UnpackValue, Value, ValueLike};

use super::OrFail;
use super::arguments::described;
use crate::error::Problem;

/// Whole numbers up to this size are all floats, too.
const EXACT: u64 = 1 << 53;
/// The most binary digits of a power.
const MOST_BITS: u64 = 1 << 22;

/// A number that cannot be computed.
#[derive(Debug, thiserror::Error)]
pub(super) enum NumberError {
    /// A power with too many digits.
    #[error("{base} to the power of {exponent} has more than a million digits")]
    Power { base: String, exponent: String },
    /// A result beyond the range of a float.
    #[error("{0}: the result is too large for a float")]
    TooLarge(String),
    /// A power of a negative number that is not a real number.
    #[error("{base} to the power of {exponent} is not a real number")]
    NotReal { base: String, exponent: String },
    /// A float that no whole number is near to.
    #[error("{function}: {value} cannot be converted to a whole number")]
    NoInteger { function: &'static str, value: String },
    /// Zero to a negative power.
    #[error("0 cannot be raised to a negative power")]
    ZeroToNegative,
    /// A whole number beyond the range of a float.
    #[error("int too large to convert to float")]
    IntTooLarge,
    /// A text that is not a number.
    #[error("float: {0} is not a number")]
    NoNumber(String),
    /// A value that is neither.
    #[error("float: expected a number or a string, not {0}")]
    NotConvertible(String),
    /// A modulus that only whole numbers have.
    #[error("pow with a modulus takes whole numbers, the exponent 0 or more, and a modulus other than 0")]
    Modulus,
}

impl Problem for NumberError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Power { base, exponent } if base.len() < 20 && !base.contains('.') => Some(format!(
                "use a float if the result may be rounded: pow({base}.0, {exponent})"
            )),
            _ => None,
        }
    }
}

/// Creates a float of a number, a truth value, or the digits of a text.
pub(super) fn to_float(value: Value<'_>) -> Result<StarlarkFloat, NumberError> {
    if let Some(number) = float(value) {
        return Ok(StarlarkFloat(number));
    }
    if let Some(value) = value.unpack_bool() {
        return Ok(StarlarkFloat(f64::from(u8::from(value))));
    }
    let not_one = || NumberError::NoNumber(super::texts::repr(value));
    if let Some(text) = value.unpack_str() {
        let trimmed = text.trim();
        let are_between = |digits: &str| {
            let mut groups = digits.split('_');
            groups.all(|group| !group.is_empty())
        };
        if !are_between(trimmed) {
            return Err(not_one());
        }
        let number = trimmed.replace('_', "").parse::<f64>().map_err(|_| not_one())?;
        return Ok(StarlarkFloat(number));
    }
    if !is_int(value) {
        return Err(NumberError::NotConvertible(described(value)));
    }
    // The digits of a whole number are always those of a float, if perhaps of one without end.
    match value.to_repr().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(StarlarkFloat(number)),
        _ => Err(NumberError::IntTooLarge),
    }
}

/// Returns a value's float, when it is one.
pub(super) fn float(value: Value<'_>) -> Option<f64> {
    value.downcast_ref::<StarlarkFloat>().map(|number| number.0)
}

/// Returns whether a value is a whole number.
pub(super) fn is_int(value: Value<'_>) -> bool {
    value.unpack_i32().is_some() || value.get_type() == "int"
}

/// Returns whether a value is a whole number that may be no float.
fn is_large_int(value: Value<'_>) -> bool {
    if value.unpack_i32().is_some() || value.get_type() != "int" {
        return false;
    }
    !matches!(i64::unpack_value(value), Ok(Some(number)) if number.unsigned_abs() <= EXACT)
}

/// Returns the whole number that a float is, once it has no fraction.
pub(super) fn whole<'v>(number: f64, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    let number = number.trunc();
    if number.abs() < 9e18 {
        return Ok(heap.alloc(number as i64));
    }
    let bits = number.abs().to_bits();
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    let exponent = i32::try_from(bits >> 52).unwrap_or(0) - 1075;
    let value = heap.alloc(mantissa).left_shift(heap.alloc(exponent), heap)?;
    if number < 0.0 {
        value.minus(heap)
    } else {
        Ok(value)
    }
}

/// Creates a whole number of any of 128 bits.
pub(super) fn wide<'v>(number: i128, heap: Heap<'v>) -> Value<'v> {
    if let Ok(number) = i64::try_from(number) {
        return heap.alloc(number);
    }
    // Adding whole numbers and moving their digits never fails.
    from_digits(&number.to_string(), heap).unwrap_or_else(|_| heap.alloc(number.to_string()))
}

/// Returns a whole number that fits into 128 bits.
pub(super) fn to_i128(value: Value<'_>) -> Option<i128> {
    match i64::unpack_value(value) {
        Ok(Some(number)) => Some(number.into()),
        _ if value.get_type() == "int" => value.to_repr().parse().ok(),
        _ => None,
    }
}

/// Compares a large whole number with a float; `None` for all else, which Starlark compares as it should.
pub(super) fn compared<'v>(
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
) -> Option<starlark::Result<Ordering>> {
    match (float(left), float(right)) {
        (Some(number), None) if !number.is_nan() && is_large_int(right) => {
            Some(with_float(right, number, heap).map(Ordering::reverse))
        }
        (None, Some(number)) if !number.is_nan() && is_large_int(left) => {
            Some(with_float(left, number, heap))
        }
        _ => None,
    }
}

fn with_float<'v>(int: Value<'v>, number: f64, heap: Heap<'v>) -> starlark::Result<Ordering> {
    if number.is_infinite() {
        return Ok(0.0_f64.total_cmp(&number));
    }
    let order = int.compare(whole(number, heap)?)?;
    Ok(order.then(0.0_f64.partial_cmp(&number.fract()).unwrap_or(Ordering::Equal)))
}

/// Divides whole numbers, rounded once; `None` where Starlark does so.
pub(super) fn divided<'v>(
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
) -> Option<starlark::Result<Value<'v>>> {
    let are_ints = is_int(left) && is_int(right);
    if !are_ints || right.unpack_i32() == Some(0) || !(is_large_int(left) || is_large_int(right)) {
        return None;
    }
    Some(quotient(left, right, heap).map(|number| heap.alloc(number)))
}

fn quotient<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<f64> {
    let (above, below) = (Size::of(left, heap)?, Size::of(right, heap)?);
    let sign = if above.negative == below.negative {
        1.0
    } else {
        -1.0
    };
    let apart = above.bits - below.bits;
    if apart > 1100 {
        let of = format!("{} / {}", left.to_repr(), right.to_repr());
        return Ok(Err(NumberError::TooLarge(of)).or_fail()?);
    }
    if apart < -1200 {
        return Ok(0.0 * sign);
    }
    // So many digits that what is left over only says on which side of the middle it is.
    let shift = 66 - apart;
    let zeros = heap.alloc(shift.abs());
    let (above, below) = if shift > 0 {
        (above.value.left_shift(zeros, heap)?, below.value)
    } else {
        (above.value, below.value.left_shift(zeros, heap)?)
    };
    let digits = above
        .floor_div(below, heap)?
        .to_repr()
        .parse::<u128>()
        .unwrap_or(0);
    let rest = above.percent(below, heap)?;
    let digits = digits << 1 | u128::from(rest.unpack_i32() != Some(0));
    let number = scaled(digits, shift + 1);
    if number.is_infinite() {
        let of = format!("{} / {}", left.to_repr(), right.to_repr());
        return Ok(Err(NumberError::TooLarge(of)).or_fail()?);
    }
    Ok(number * sign)
}

/// Returns `digits` divided by two to the power of `shift`, rounded once.
fn scaled(digits: u128, shift: i32) -> f64 {
    let exponent = 128 - digits.leading_zeros().cast_signed() - shift;
    if exponent > -1021 {
        let half = shift / 2;
        return digits as f64 * 2_f64.powi(-half) * 2_f64.powi(half - shift);
    }
    // The last digits of the smallest floats are all at the same place.
    let drop = u32::try_from(shift - 1074).unwrap_or(0);
    let kept = digits.checked_shr(drop).unwrap_or(0);
    let rest = digits - kept.checked_shl(drop).unwrap_or(0);
    let half = 1_u128.checked_shl(drop.saturating_sub(1)).unwrap_or(u128::MAX);
    let up = rest > half || (rest == half && kept & 1 == 1);
    f64::from_bits(u64::try_from(kept).unwrap_or(0) + u64::from(up))
}

/// A whole number without its sign, and how many binary digits it has.
struct Size<'v> {
    negative: bool,
    value: Value<'v>,
    bits: i32,
}

impl<'v> Size<'v> {
    fn of(value: Value<'v>, heap: Heap<'v>) -> starlark::Result<Self> {
        let negative = value.compare(heap.alloc(0))?.is_lt();
        let value = if negative { value.minus(heap)? } else { value };
        let digits = heap.alloc("%x").percent(value, heap)?;
        let digits = digits.unpack_str().unwrap_or_default();
        let first = digits.chars().next().and_then(|digit| digit.to_digit(16));
        let first = 32 - first.unwrap_or(0).leading_zeros().cast_signed();
        let rest = i32::try_from(digits.len().saturating_sub(1)).unwrap_or(i32::MAX / 4);
        Ok(Self {
            negative,
            value,
            bits: first + 4 * rest,
        })
    }
}

/// Returns the quotient and the remainder of floats, as Python rounds them; `None` where a side is not a number or the
/// right one is zero.
pub(super) fn float_divmod(left: Value<'_>, right: Value<'_>) -> Option<(f64, f64)> {
    if float(left).is_none() && float(right).is_none() {
        return None;
    }
    let number = |value: Value<'_>| match float(value) {
        Some(number) => Some(number),
        None if is_int(value) => value.to_repr().parse::<f64>().ok(),
        None => None,
    };
    let (above, below) = (number(left)?, number(right)?);
    if below == 0.0 {
        return None;
    }
    let mut rest = above % below;
    let mut quotient = (above - rest) / below;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(below);
    } else if (below < 0.0) != (rest < 0.0) {
        rest += below;
        quotient -= 1.0;
    }
    let quotient = if quotient == 0.0 {
        0.0_f64.copysign(above / below)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    };
    Some((quotient, rest))
}

/// Raises a number to a power: whole numbers stay whole and exact.
pub(super) fn power<'v>(base: Value<'v>, exponent: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    if is_int(base) && is_int(exponent) && !exponent.compare(heap.alloc(0))?.is_lt() {
        return int_power(base, exponent, None, heap);
    }
    let number = |value: Value<'v>| {
        let number = float(value).map_or_else(|| value.to_repr().parse::<f64>(), Ok);
        number.unwrap_or(f64::NAN)
    };
    let (left, right) = (number(base), number(exponent));
    let texts = || (super::texts::repr(base), super::texts::repr(exponent));
    if left == 0.0 && right < 0.0 {
        return Ok(Err(NumberError::ZeroToNegative).or_fail()?);
    }
    let is_beyond = |value, number: f64| number.is_infinite() && is_int(value);
    let result = left.powf(right);
    if result.is_nan() && !left.is_nan() && !right.is_nan() {
        let (base, exponent) = texts();
        return Ok(Err(NumberError::NotReal { base, exponent }).or_fail()?);
    }
    let is_beyond = is_beyond(base, left) || is_beyond(exponent, right);
    if is_beyond || (result.is_infinite() && left.is_finite() && right.is_finite()) {
        let (base, exponent) = texts();
        return Ok(Err(NumberError::TooLarge(format!("pow({base}, {exponent})"))).or_fail()?);
    }
    Ok(heap.alloc(result))
}

/// Raises a whole number to a power that is not negative, by squaring, within `modulus` where there is one.
pub(super) fn int_power<'v>(
    base: Value<'v>,
    exponent: Value<'v>,
    modulus: Option<Value<'v>>,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    let bits = heap.alloc("%x").percent(exponent, heap)?;
    let bits = bits.unpack_str().unwrap_or_default();
    let bits: Vec<bool> = bits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .flat_map(|digit| (0..4).rev().map(move |at| digit >> at & 1 == 1))
        .collect();
    let is_one = base.unpack_i32().is_some_and(|base| (-1..=1).contains(&base));
    let size = u64::try_from(Size::of(base, heap)?.bits).unwrap_or(0);
    let times = u64::unpack_value(exponent).ok().flatten();
    let is_small = times.is_some_and(|times| times.saturating_mul(size) <= MOST_BITS);
    if modulus.is_none() && !is_one && !is_small {
        let (base, exponent) = (base.to_repr(), exponent.to_repr());
        return Ok(Err(NumberError::Power { base, exponent }).or_fail()?);
    }
    let reduced = |value: Value<'v>| match modulus {
        Some(modulus) => value.percent(modulus, heap),
        None => Ok(value),
    };
    let mut result = reduced(heap.alloc(1))?;
    for bit in bits {
        result = reduced(result.mul(result, heap)?)?;
        if bit {
            result = reduced(result.mul(base, heap)?)?;
        }
    }
    Ok(result)
}

/// Rounds half to even at the last of `digits` decimals, as Python does; fewer than none are tens and hundreds.
pub(super) fn rounded(number: f64, digits: i32) -> f64 {
    if !number.is_finite() || digits > 1100 {
        return number;
    }
    // Written out and read back, so that 2.675 stays what its binary digits are, a little less than 2.675.
    if let Ok(digits) = usize::try_from(digits) {
        return format!("{number:.digits$}").parse().unwrap_or(number);
    }
    let zeros = digits.unsigned_abs() as usize;
    let size = format!("{:.0}", number.abs().trunc());
    let tens = tens(&size, zeros, number.fract() != 0.0);
    tens.parse::<f64>().unwrap_or(number).copysign(number)
}

/// Rounds digits half to even at the place before the last `zeros`; `more` says whether a fraction follows them.
pub(super) fn tens(digits: &str, zeros: usize, more: bool) -> String {
    let digits = format!("0{}{digits}", "0".repeat(zeros.saturating_sub(digits.len())));
    let (kept, dropped) = digits.split_at(digits.len() - zeros);
    let half = format!("5{}", "0".repeat(zeros.saturating_sub(1)));
    let is_odd = kept.ends_with(['1', '3', '5', '7', '9']);
    let up = zeros > 0
        && match dropped.cmp(half.as_str()) {
            Ordering::Greater => true,
            Ordering::Equal => more || is_odd,
            Ordering::Less => false,
        };
    let mut kept: Vec<u8> = kept.bytes().collect();
    if up {
        for digit in kept.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    let kept: String = kept.into_iter().map(char::from).collect();
    format!("{kept}{}", "0".repeat(zeros))
}

/// Creates a whole number of its digits, with a sign where it has one.
pub(super) fn from_digits<'v>(digits: &str, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    const AT_ONCE: usize = 18;
    let (is_negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits),
    };
    let mut value = heap.alloc(0);
    for chunk in digits.as_bytes().chunks(AT_ONCE) {
        let part = chunk
            .iter()
            .fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        let factor = 10_i64.pow(u32::try_from(chunk.len()).unwrap_or(0));
        value = value.mul(heap.alloc(factor), heap)?.add(heap.alloc(part), heap)?;
    }
    if is_negative { value.minus(heap) } else { Ok(value) }
}
