//! Functions of numbers.

mod digests;
mod digits;
mod doubles;
mod hashes;
mod random;
mod rounding;

pub(super) use doubles::{is_nan, nanvl};
use polars::prelude::{DataType, Expr, lit};
pub(super) use random::refusal;

use super::DataTypeOf as Type;
use super::Gives::{Argument, By, ByValue, Is};
use super::ParameterType as P;
use super::kernels::{self, BitOperation, Checked};
use super::rows::by_rows;
use super::{Arguments, Function, checked, scalar};

/// Makes the line of a function of one double.
const fn double(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    lower: fn(Arguments<'_>) -> Expr,
) -> Function {
    scalar(name, usage, summary, &[P::Double], Is(Type::Double), lower)
}

/// Rounding, signs and parts of numbers.
pub(super) static ROUNDING: &[Function] = &[
    scalar(
        "abs",
        "number",
        "the number without its sign",
        &[P::Number],
        Argument(0),
        |args| sign_changed(args, Checked::Absolute),
    )
    .fails(),
    double("sign", "number", "-1, 0 or 1", |args| {
        doubles::plain(args, doubles::sign)
    })
    .also(&["signum"]),
    scalar(
        "ceil",
        "number[, digits]",
        "the least number of so many digits behind the point that is not less",
        &[P::Number, P::Int],
        ByValue(rounding::cuts_to),
        |args| rounding::rounded(args, rounding::RoundingMode::Up),
    )
    .optional(1)
    .also(&["ceiling"])
    .fails(),
    scalar(
        "floor",
        "number[, digits]",
        "the greatest number of so many digits behind the point that is not greater",
        &[P::Number, P::Int],
        ByValue(rounding::cuts_to),
        |args| rounding::rounded(args, rounding::RoundingMode::Down),
    )
    .optional(1)
    .fails(),
    scalar(
        "round",
        "number[, digits]",
        "the number with so many digits behind the point, a half away from zero",
        &[P::Number, P::Int],
        ByValue(rounding::rounds_to),
        |args| rounding::rounded(args, rounding::RoundingMode::HalfUp),
    )
    .optional(1)
    .fails(),
    scalar(
        "bround",
        "number[, digits]",
        "the number with so many digits behind the point, a half to the even digit",
        &[P::Number, P::Int],
        ByValue(rounding::rounds_to),
        |args| rounding::rounded(args, rounding::RoundingMode::HalfEven),
    )
    .optional(1)
    .fails(),
    double(
        "rint",
        "number",
        "the nearest whole number as a double, a half to the even one",
        |args| doubles::plain(args, f64::round_ties_even),
    ),
    scalar(
        "pmod",
        "a, b",
        "the rest of a division, never negative for a positive `b`",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| super::operators::arithmetic(Checked::Positive, dtypes)),
        |mut args| {
            let (left, right) = (args.take(0), args.take(1));
            checked::arithmetic(Checked::Positive, left, Some(right), args.gives.clone())
        },
    )
    .fails(),
    scalar(
        "width_bucket",
        "value, low, high, count",
        "in which of so many parts of equal width between two bounds the value is",
        &[P::Double, P::Double, P::Double, P::Whole],
        Is(Type::Bigint),
        |args| by_rows(args, doubles::width_bucket),
    ),
];

/// Powers, logarithms and angles.
pub(super) static DOUBLES: &[Function] = &[
    double(
        "sqrt",
        "number",
        "the square root; NaN of negative numbers",
        |args| doubles::plain(args, f64::sqrt),
    ),
    double("cbrt", "number", "the cube root", |args| {
        doubles::plain(args, f64::cbrt)
    }),
    double("exp", "number", "e to the power of the number", |args| {
        doubles::plain(args, f64::exp)
    }),
    double("expm1", "number", "exp(number) - 1", |args| {
        doubles::plain(args, f64::exp_m1)
    }),
    double(
        "ln",
        "number",
        "the natural logarithm; NULL for zero and less",
        |args| doubles::above(args, 0.0, f64::ln),
    ),
    scalar(
        "log",
        "[base, ]number",
        "the logarithm to a base, or the natural one; NULL for zero and less",
        &[P::Double, P::Double],
        Is(Type::Double),
        doubles::logarithm,
    )
    .optional(1),
    double("log10", "number", "the logarithm to the base of 10", |args| {
        doubles::above(args, 0.0, f64::log10)
    }),
    double("log2", "number", "the logarithm to the base of 2", |args| {
        doubles::above(args, 0.0, f64::log2)
    }),
    double("log1p", "number", "ln(number + 1)", |args| {
        doubles::above(args, -1.0, f64::ln_1p)
    }),
    scalar(
        "power",
        "base, exponent",
        "the base to the power of the exponent",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| doubles::pair(args, doubles::power),
    )
    .also(&["pow"]),
    scalar(
        "hypot",
        "a, b",
        "the square root of a * a + b * b",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| doubles::pair(args, f64::hypot),
    ),
    scalar(
        "factorial",
        "number",
        "the product of the numbers up to this; NULL below 0 and above 20",
        &[P::Int],
        Is(Type::Bigint),
        |args| by_rows(args, doubles::factorial),
    ),
    double("sin", "angle", "the sine", |args| doubles::plain(args, f64::sin)),
    double("cos", "angle", "the cosine", |args| {
        doubles::plain(args, f64::cos)
    }),
    double("tan", "angle", "the tangent", |args| {
        doubles::plain(args, f64::tan)
    }),
    double("cot", "angle", "the cotangent", |args| {
        doubles::plain(args, |value| 1.0 / value.tan())
    }),
    double("sec", "angle", "the secant", |args| {
        doubles::plain(args, |value| 1.0 / value.cos())
    }),
    double("csc", "angle", "the cosecant", |args| {
        doubles::plain(args, |value| 1.0 / value.sin())
    }),
    double("asin", "number", "the angle of a sine", |args| {
        doubles::plain(args, f64::asin)
    }),
    double("acos", "number", "the angle of a cosine", |args| {
        doubles::plain(args, f64::acos)
    }),
    double("atan", "number", "the angle of a tangent", |args| {
        doubles::plain(args, f64::atan)
    }),
    scalar(
        "atan2",
        "y, x",
        "the angle of a point",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| doubles::pair(args, f64::atan2),
    ),
    double("sinh", "number", "the hyperbolic sine", |args| {
        doubles::plain(args, f64::sinh)
    }),
    double("cosh", "number", "the hyperbolic cosine", |args| {
        doubles::plain(args, f64::cosh)
    }),
    double("tanh", "number", "the hyperbolic tangent", |args| {
        doubles::plain(args, f64::tanh)
    }),
    double("asinh", "number", "the inverse hyperbolic sine", |args| {
        doubles::plain(args, f64::asinh)
    }),
    double("acosh", "number", "the inverse hyperbolic cosine", |args| {
        doubles::plain(args, f64::acosh)
    }),
    double("atanh", "number", "the inverse hyperbolic tangent", |args| {
        doubles::plain(args, f64::atanh)
    }),
    double("degrees", "angle", "an angle in degrees", |args| {
        doubles::plain(args, f64::to_degrees)
    }),
    double("radians", "degrees", "an angle in radians", |args| {
        doubles::plain(args, f64::to_radians)
    }),
    scalar("pi", "", "the number π", &[], Is(Type::Double), |_| {
        lit(std::f64::consts::PI)
    }),
    scalar("e", "", "the number e", &[], Is(Type::Double), |_| {
        lit(std::f64::consts::E)
    }),
];

/// Bits, digits of other bases, hashes and random numbers.
pub(super) static DIGITS: &[Function] = &[
    scalar(
        "shiftrightunsigned",
        "a, n",
        "the bits moved down, as if there were no sign",
        &[P::Whole, P::Int],
        Argument(0),
        |mut args| {
            let (left, right) = (args.take(0), args.take(1));
            kernels::bits(BitOperation::RightUnsigned, left, Some(right), args.gives.clone())
        },
    ),
    scalar(
        "bit_count",
        "number",
        "how many bits are 1",
        &[P::Any],
        By(digits::of_bits),
        |args| by_rows(args, digits::bit_count),
    ),
    scalar(
        "bit_get",
        "number, position",
        "the bit at a position, 0 for the lowest",
        &[P::Whole, P::Int],
        By(|_| Ok(DataType::Int8)),
        |args| by_rows(args, digits::bit),
    )
    .also(&["getbit"])
    .fails(),
    scalar(
        "bin",
        "number",
        "the number in digits of base 2",
        &[P::Whole],
        Is(Type::Text),
        |args| by_rows(args, digits::bin),
    ),
    scalar(
        "hex",
        "value",
        "a number, text or binary data in digits of base 16",
        &[P::Any],
        By(digits::of_hex),
        |args| by_rows(args, digits::hex),
    ),
    scalar(
        "unhex",
        "text",
        "the bytes of digits of base 16; NULL for other text",
        &[P::Text],
        Is(Type::Binary),
        |args| by_rows(args, digits::unhex),
    ),
    scalar(
        "conv",
        "number, from, to",
        "the number in another base",
        &[P::Text, P::Int, P::Int],
        Is(Type::Text),
        |args| by_rows(args, digits::conv),
    )
    .fails(),
    scalar(
        "hash",
        "value, …",
        "a hash of 32 bits (murmur 3)",
        &[P::Any],
        By(|dtypes| hashes::can_hash(dtypes, DataType::Int32)),
        |args| by_rows(args, hashes::murmur),
    )
    .rest(P::Any),
    scalar(
        "xxhash64",
        "value, …",
        "a hash of 64 bits",
        &[P::Any],
        By(|dtypes| hashes::can_hash(dtypes, DataType::Int64)),
        |args| by_rows(args, hashes::xxhash),
    )
    .rest(P::Any),
    scalar(
        "md5",
        "data",
        "the MD5 digest in digits of base 16",
        &[P::Binary],
        Is(Type::Text),
        |args| by_rows(args, digests::md5),
    ),
    scalar(
        "sha1",
        "data",
        "the SHA-1 digest in digits of base 16",
        &[P::Binary],
        Is(Type::Text),
        |args| by_rows(args, digests::sha1),
    )
    .also(&["sha"]),
    scalar(
        "sha2",
        "data, bits",
        "the SHA-2 digest of 224, 256, 384 or 512 bits in digits of base 16",
        &[P::Binary, P::Int],
        Is(Type::Text),
        |args| by_rows(args, digests::sha2),
    ),
    scalar(
        "crc32",
        "data",
        "the checksum CRC 32",
        &[P::Binary],
        Is(Type::Bigint),
        |args| by_rows(args, digests::crc32),
    ),
    scalar(
        "rand",
        "seed",
        "a random number from 0 to 1, the same for the same seed",
        &[P::Whole],
        ByValue(random::needs_seed),
        |args| random::random(args, random::Distribution::Even),
    )
    .also(&["random"]),
    scalar(
        "randn",
        "seed",
        "a random number of the normal distribution, the same for the same seed",
        &[P::Whole],
        ByValue(random::needs_seed),
        |args| random::random(args, random::Distribution::Normal),
    ),
    scalar(
        "uniform",
        "low, high, seed",
        "a random number between two bounds, the same for the same seed",
        &[P::SameNumber, P::SameNumber, P::Whole],
        ByValue(random::between),
        |args| random::random(args, random::Distribution::Between),
    ),
    // Refused wherever they are called (see `refusal`).
    scalar(
        "uuid",
        "",
        "not here: a notebook gives the same at every run; number the rows, or take a digest of their values",
        &[],
        Is(Type::Text),
        |_| lit(polars::prelude::NULL),
    ),
    scalar(
        "current_user",
        "",
        "not here: a notebook gives the same to everyone; give the name as a parameter",
        &[],
        Is(Type::Text),
        |_| lit(polars::prelude::NULL),
    )
    .also(&["user", "session_user"]),
];

fn sign_changed(mut args: Arguments<'_>, operation: Checked) -> Expr {
    checked::arithmetic(operation, args.take(0), None, args.gives.clone())
}
