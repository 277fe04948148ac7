//! Decimal numbers: texts in statements and in MySQL's protocol, whole numbers with a scale in frames.

/// The most digits that a number of a frame can have.
pub(super) const MOST_DIGITS: usize = 38;

/// Reads a number as a whole one, times ten to `scale`; `None` where that is none of at most 38 digits.
pub(super) fn read(text: &[u8], scale: usize) -> Option<i128> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mut number, mut behind, mut is_behind, mut count) = (0_u128, 0, false, 0_usize);
    for digit in digits {
        match digit {
            b'0'..=b'9' => {
                let digit = u128::from(digit - b'0');
                if is_behind && behind == scale {
                    // What is not kept has to be nothing.
                    if digit != 0 {
                        return None;
                    }
                    continue;
                }
                number = number.checked_mul(10)?.checked_add(digit)?;
                behind += usize::from(is_behind);
                count += 1;
            }
            b'.' if !is_behind => is_behind = true,
            _ => return None,
        }
    }
    if count == 0 {
        return None;
    }
    let missing = 10_u128.checked_pow(u32::try_from(scale - behind).ok()?)?;
    let number = number.checked_mul(missing)?;
    if number >= 10_u128.pow(38) {
        return None;
    }
    let number = i128::try_from(number).ok()?;
    Some(if is_negative { -number } else { number })
}

/// Writes a whole number that is a number times ten to `scale`.
pub(super) fn shown(number: i128, scale: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if behind.is_empty() {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{behind}")
}
