use super::*;
use crate::error::Problem;
use crate::frame::Frame;
use crate::work::Interrupt;

fn col(name: &str) -> Expression {
    Expression::col(name)
}

fn lit(value: i128) -> Expression {
    Expression::lit(&Scalar::Int(value)).unwrap()
}

fn table() -> Frame {
    let floats = [Scalar::Float(1.5), Scalar::Float(-2.5), Scalar::Null];
    let text = ["male", "it's", "female"].map(|text| Scalar::String(text.to_owned()));
    Frame::from_columns(vec![
        (
            "a".to_owned(),
            vec![Scalar::Int(5), Scalar::Int(-5), Scalar::Null],
        ),
        (
            "b".to_owned(),
            vec![Scalar::Int(2), Scalar::Int(2), Scalar::Int(3)],
        ),
        ("f".to_owned(), floats.to_vec()),
        ("s".to_owned(), text.to_vec()),
    ])
    .unwrap()
}

fn evaluate(text: &str) -> String {
    let selected = Expression::parse(text).and_then(|expression| table().select(&[expression.alias("x")]));
    match selected.and_then(|frame| frame.rows(&Interrupt::default())) {
        Ok(rows) => rows
            .iter()
            .map(|row| row[0].to_string())
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_dialect_means_what_it_says() {
    let cases = [
        ("a + b + 1", "8 -2 null"),
        ("a / b", "2.5 -2.5 null"),
        ("a // b", "2 -3 null"),
        ("a % b", "1 -1 null"),
        ("-a", "-5 5 null"),
        ("a > 1 AND s = 'male'", "true false false"),
        ("NOT a > 1", "false true null"),
        ("a IS NULL", "false false true"),
        ("a IN (5, 6)", "true false null"),
        ("a BETWEEN 0 AND 5", "true false null"),
        ("s LIKE '%ale'", "true false true"),
        ("trim('m', s)", "ale it's female"),
        ("btrim(s, 'm')", "ale it's female"),
        ("s = 'it''s'", "false true false"),
        (
            "CASE WHEN a > 0 THEN 'plus' WHEN a < 0 THEN 'minus' ELSE 'none' END",
            "plus minus none",
        ),
        ("COALESCE(a, 0)", "5 -5 0"),
        ("CAST(a AS DOUBLE)", "5.0 -5.0 null"),
        ("a::DOUBLE", "5.0 -5.0 null"),
        ("CAST(b AS VARCHAR)", "2 2 3"),
        ("avg(b)", "2.3333333333333335"),
        ("count(*)", "3"),
        ("count(a)", "2"),
        ("count(DISTINCT b)", "2"),
        ("stddev(b)", "0.5773502691896258"),
        ("sum(b) OVER (PARTITION BY b)", "4 4 3"),
        ("round(f, 0)", "2.0 -3.0 null"),
        ("abs(f)", "1.5 2.5 null"),
        (
            "log1p(b)",
            "1.0986122886681096 1.0986122886681096 1.3862943611198906",
        ),
        ("upper(s)", "MALE IT'S FEMALE"),
        ("s || '!'", "male! it's! female!"),
        ("1.0e-7", "1e-7 1e-7 1e-7"),
        ("NULL", "null null null"),
        ("TRUE", "true true true"),
    ];
    for (text, expected) in cases {
        assert_eq!(evaluate(text), expected, "{text}");
    }
}

#[test]
fn operators_build_sql_with_the_brackets_it_needs() {
    use Operator::*;
    let text = |value: &str| Expression::lit(&Scalar::String(value.to_owned())).unwrap();
    let null = || Expression::lit(&Scalar::Null).unwrap();
    let over = || col("Age").binary(Greater, &lit(30)).unwrap();
    let man = || col("Sex").binary(Equal, &text("male")).unwrap();
    let sum = || col("a").binary(Add, &col("b")).unwrap();
    let cases = [
        (over(), "Age > 30"),
        (over().binary(And, &man()).unwrap(), "Age > 30 AND Sex = 'male'"),
        (
            over().binary(Or, &man()).unwrap().binary(And, &man()).unwrap(),
            "(Age > 30 OR Sex = 'male') AND Sex = 'male'",
        ),
        (over().not().unwrap(), "NOT Age > 30"),
        (
            over().not().unwrap().binary(And, &man()).unwrap(),
            "NOT Age > 30 AND Sex = 'male'",
        ),
        (sum().binary(Multiply, &lit(2)).unwrap(), "(a + b) * 2"),
        (lit(2).binary(Multiply, &sum()).unwrap(), "2 * (a + b)"),
        (col("c").binary(Subtract, &sum()).unwrap(), "c - (a + b)"),
        (sum().binary(Subtract, &col("c")).unwrap(), "a + b - c"),
        (sum().negate().unwrap(), "-(a + b)"),
        (col("a").binary(Subtract, &lit(-1)).unwrap(), "a - -1"),
        (lit(-1).negate().unwrap(), "-(-1)"),
        (sum().binary(Equal, &null()).unwrap(), "a + b IS NULL"),
        (
            over().binary(NotEqual, &null()).unwrap(),
            "(Age > 30) IS NOT NULL",
        ),
        (
            col("Passenger Class").binary(LessOrEqual, &lit(2)).unwrap(),
            "\"Passenger Class\" <= 2",
        ),
        (col("order").alias("select"), "\"order\" AS \"select\""),
        (text("O'Brien"), "'O''Brien'"),
        (
            Expression::parse("Age > 30 AND x")
                .unwrap()
                .binary(Or, &man())
                .unwrap(),
            "Age > 30 AND x OR Sex = 'male'",
        ),
        (
            Expression::parse("max(Age) AS oldest")
                .unwrap()
                .binary(Add, &lit(1))
                .unwrap(),
            "max(Age) + 1",
        ),
        (
            col("a").is_in(&[Scalar::Int(1), Scalar::Int(-2)]).unwrap(),
            "a IN (1, -2)",
        ),
        (
            sum().between(&lit(0), &col("c")).unwrap(),
            "a + b BETWEEN 0 AND c",
        ),
        (sum().cast(&DataType::Float64).unwrap(), "CAST(a + b AS DOUBLE)"),
        (col("a").call("round", &[lit(2)]).unwrap(), "round(a, 2)"),
        (Expression::lit(&Scalar::Float(1e21)).unwrap(), "1.0e21"),
        (Expression::lit(&Scalar::Float(2.0)).unwrap(), "2.0"),
    ];
    for (expression, expected) in cases {
        assert_eq!(expression.to_string(), expected);
        let again = Expression::parse(expected).unwrap();
        assert_eq!(again.to_string(), expected);
        assert_eq!(again.output_name(), expression.output_name(), "{expected}");
    }
}

#[test]
fn a_comment_swallows_nothing() {
    let commented = Expression::parse("a > 1 -- one").unwrap();
    let both = commented.binary(Operator::Or, &col("b")).unwrap();
    assert_eq!(both.to_string(), "(a > 1 -- one\n) OR b");
    let named = Expression::parse("a > 1 /* one */ AS c -- two").unwrap();
    assert_eq!(named.output_name(), Some("c"));
    assert_eq!(named.to_string(), "(a > 1 /* one */\n) AS c");
}

#[test]
fn every_name_survives_quoting() {
    for name in [
        "a", "a b", "a\"b", "Größe", "1st", "select", "date", "end", "NULL", "'x'", "a.b",
    ] {
        let read = Expression::parse(&identifier(name)).unwrap();
        assert_eq!(read.as_column(), Some(name), "{name}");
    }
}

#[test]
fn says_where_text_cannot_be_read() {
    let texts = [
        "Age >",
        "Age > 30 AND",
        "(Age",
        "",
        "Age 30 40",
        "'open",
        "SELECT 1",
        "(SELECT 1)",
        "a; b",
    ];
    let shown: Vec<String> = texts
        .iter()
        .map(|text| match Expression::parse(text) {
            Err(error) => error.to_string(),
            Ok(read) => format!("read {text} as {read}"),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    cannot read the SQL `Age >` at character 6: expected an expression, found the end
    cannot read the SQL `Age > 30 AND` at character 13: expected an expression, found the end
    cannot read the SQL `(Age` at character 5: expected `)`, found the end
    cannot read the SQL ``: expected an expression, found nothing
    cannot read the SQL `Age 30 40` at character 5: expected the end, found `30`
    cannot read the SQL `'open` at character 1: expected another ' for the one here, found the end
    expr: a query cannot be in an expression
    expr: a query cannot be in an expression
    cannot read the SQL `a; b` at character 2: expected the end, found `;`
    ");
    let hint = Expression::parse("Age >").unwrap_err().hint().unwrap();
    assert_eq!(hint, "look here:\n    Age >\n         ^");
}

#[test]
fn hostile_text_is_an_error_not_a_dead_process() {
    let cases = [
        "(".repeat(50_000),
        format!("{}1{}", "(".repeat(120), ")".repeat(120)),
        format!("1{}", "+1".repeat(20_000)),
        format!("1{}", "+1".repeat(900)),
        format!("1{}", "+1".repeat(249)),
        format!("1{}", " AND 1".repeat(249)),
        format!("CASE {} END", "WHEN b THEN 1 ".repeat(249)),
        format!("CASE {} END", "WHEN b > 1 THEN 1 ".repeat(120)),
        "1".to_owned() + &"|| 'a'".repeat(124),
        "1".to_owned() + &"::INT".repeat(124),
        format!("1{}", " AND 1".repeat(900)),
        "NOT ".repeat(900),
        "-".repeat(900) + "1",
        format!("CASE {} END", "WHEN a THEN 1 ".repeat(900)),
        "a".repeat(70_000),
        "coalesce(".repeat(100),
        "CASE WHEN 1 THEN ".repeat(100),
        "position(".repeat(60),
        "NOT (".repeat(60),
        "INTERVAL NOT ".repeat(60),
        "EXISTS(CAST(TRIM(".repeat(15),
        "x LIKE ANY (".repeat(40),
        "substring(a from ".repeat(40),
        "ARRAY[".repeat(60),
        "STRUCT(".repeat(60),
        "a[".repeat(60),
        "{a: ".repeat(60),
        "x -> (".repeat(60),
        "f(a => ".repeat(60),
        "read_csv('/etc/passwd')".to_owned(),
        "\u{0}\u{202e}'".to_owned(),
    ];
    for text in &cases {
        if let Ok(expression) = Expression::parse(text) {
            let _ = table()
                .select(&[expression])
                .and_then(|frame| frame.collect(&Interrupt::default()));
        }
    }
}

#[test]
fn what_bigint_does_not_hold_is_told() {
    use polars::prelude::{DataFrame, NamedFrom as _, Series};
    let values = Series::new("u".into(), [1_u64, u64::MAX]);
    let frame = Frame::from_dataframe(DataFrame::new(2, vec![values.into()]).unwrap());
    for text in ["u > 1", "u + 1 > 0", "cast(u AS INT) > 0"] {
        let kept = Expression::parse(text).and_then(|expression| frame.filter(&[expression]));
        let rows = kept.and_then(|frame| frame.rows(&Interrupt::default()));
        let error = rows.map_or_else(|error| error.to_string(), |rows| format!("{rows:?}"));
        assert!(
            error.contains("18446744073709551615` cannot be cast to"),
            "{text}: {error}"
        );
    }
    let tried = Expression::parse("try_cast(u AS BIGINT)").and_then(|expression| frame.select(&[expression]));
    let rows = tried.and_then(|frame| frame.rows(&Interrupt::default()));
    assert_eq!(rows.unwrap(), [[Scalar::Int(1)], [Scalar::Null]]);
}
