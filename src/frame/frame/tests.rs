use super::*;
use crate::error::Problem;
use crate::frame::{Expression, JoinKeys, Scalar};

fn passengers() -> Frame {
    let text = |values: &[&str]| {
        values
            .iter()
            .map(|value| Scalar::String((*value).to_owned()))
            .collect()
    };
    let ages = vec![Scalar::Int(22), Scalar::Int(38), Scalar::Null, Scalar::Int(35)];
    Frame::from_columns(vec![
        ("Name".to_owned(), text(&["Owen", "Florence", "Laina", "Jacques"])),
        ("Sex".to_owned(), text(&["male", "female", "female", "male"])),
        ("Age".to_owned(), ages),
    ])
    .unwrap()
}

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap()
}

/// Writes a table as one line of CSV after another.
fn show(frame: &Frame) -> String {
    let mut lines = vec![frame.columns().unwrap().join(",")];
    for row in frame.rows(&Interrupt::default()).unwrap() {
        lines.push(row.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    }
    lines.join("\n")
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn verbs_give_the_tables_they_say() {
    let frame = passengers();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let interrupt = Interrupt::default();
    let cases: Vec<(&str, Frame)> = vec![
        (
            "Name\nFlorence\nJacques",
            frame
                .filter(&[parse("Age > 30")])
                .unwrap()
                .select(&[parse("Name")])
                .unwrap(),
        ),
        ("one\n1\n1\n1\n1", frame.select(&[parse("1 AS one")]).unwrap()),
        (
            "n,sum(Age)\n4,95",
            frame
                .select(&[parse("count(*) AS n"), parse("sum(Age)")])
                .unwrap(),
        ),
        (
            "Name,Sex,Years\nOwen,male,22",
            frame
                .rename(&[("Age".to_owned(), "Years".to_owned())])
                .unwrap()
                .limit(1)
                .unwrap(),
        ),
        (
            "Name\nJacques",
            frame.drop(&names(&["Sex", "Age"])).unwrap().tail(1).unwrap(),
        ),
        (
            "Name,Sex,Age\nLaina,female,0.5",
            frame
                .cast(&[("Age".to_owned(), polars::prelude::DataType::Float64)])
                .unwrap()
                .fill_null(&Scalar::Float(0.5), None)
                .unwrap()
                .slice(2, Some(1))
                .unwrap(),
        ),
        (
            "Sex\nmale\nfemale",
            frame
                .select(&[parse("Sex")])
                .unwrap()
                .unique(None, "first")
                .unwrap(),
        ),
        (
            "Age\nnull\n22\n35\n38",
            frame
                .sort(&[parse("Age")], &[], false)
                .unwrap()
                .select(&[parse("Age")])
                .unwrap(),
        ),
        (
            "Age\n38\n35\n22\nnull",
            frame
                .sort(&[parse("Age")], &[true], true)
                .unwrap()
                .select(&[parse("Age")])
                .unwrap(),
        ),
        (
            "Sex,oldest,len\nmale,35,2\nfemale,38,2",
            frame
                .group_by(&[parse("Sex")])
                .unwrap()
                .agg(&[parse("max(Age) AS oldest"), parse("count(*) AS len")])
                .unwrap(),
        ),
        (
            "Sex,count\nmale,2\nfemale,2",
            frame.value_counts("Sex", true).unwrap(),
        ),
        ("Name,Sex,Age\n0,0,1", frame.null_count().unwrap()),
        (
            "Name,male,female\nOwen,22,null\nFlorence,null,38\nLaina,null,null\nJacques,35,null",
            frame
                .pivot(
                    &names(&["Sex"]),
                    Some(&names(&["Name"])),
                    Some(&names(&["Age"])),
                    None,
                    &interrupt,
                )
                .unwrap(),
        ),
        (
            "Name,variable,value\nOwen,Age,22\nFlorence,Age,38",
            frame
                .limit(2)
                .unwrap()
                .unpivot(Some(&names(&["Age"])), &names(&["Name"]), None, None)
                .unwrap(),
        ),
        (
            "Name,Sex,Age\nOwen,male,22\nOwen,male,22",
            Frame::concat(&[frame.limit(1).unwrap(), frame.limit(1).unwrap()], "vertical").unwrap(),
        ),
        (
            "Name,Sex,Age,Name_right,Age_right\nFlorence,female,38,Florence,38\nFlorence,female,38,Laina,null",
            {
                let keys = JoinKeys {
                    left: vec![parse("Sex")],
                    right: vec![parse("Sex")],
                };
                frame
                    .join(&frame, &keys, "inner", "_right")
                    .unwrap()
                    .filter(&[parse("Name = 'Florence'")])
                    .unwrap()
            },
        ),
    ];
    for (expected, found) in &cases {
        assert_eq!(show(found), *expected);
    }
}

#[test]
fn a_summary_has_polars_statistics() {
    let summary = passengers().describe(&Interrupt::default()).unwrap();
    insta::assert_snapshot!(show(&summary), @r"
    statistic,Name,Sex,Age
    count,4,4,3.0
    null_count,0,0,1.0
    mean,null,null,31.666666666666668
    std,null,null,8.504900548115383
    min,Florence,female,22.0
    25%,null,null,35.0
    50%,null,null,35.0
    75%,null,null,38.0
    max,Owen,male,38.0
    ");
}

#[test]
fn a_wrong_call_is_refused_at_once() {
    let frame = passengers();
    let names = |name: &str| vec![name.to_owned()];
    let failures = [
        frame.select(&[parse("Aeg")]).unwrap_err(),
        frame.filter(&[parse("agee > 3")]).unwrap_err(),
        frame.filter(&[parse("Age + 1")]).unwrap_err(),
        frame.select(&[parse("Age"), parse("Age")]).unwrap_err(),
        frame.drop(&names("Cabin")).unwrap_err(),
        frame.group_by(&[parse("Sx")]).unwrap_err(),
        frame.unique(None, "frist").unwrap_err(),
        frame
            .with_columns(&[parse("sum(Name) AS n")])
            .and_then(|frame| frame.collect(&Interrupt::default()).map(|_| frame))
            .unwrap_err(),
        frame
            .select(&[parse("Name > 3")])
            .and_then(|frame| frame.collect(&Interrupt::default()).map(|_| frame))
            .unwrap_err(),
    ];
    let shown: Vec<String> = failures
        .iter()
        .map(|error| {
            format!("{error} | {}", error.hint().unwrap_or_default())
                .trim_end()
                .to_owned()
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    select: there is no column "Aeg" | did you mean "Age"? the columns are Name, Sex, Age
    filter: there is no column "agee" | did you mean "Age"? the columns are Name, Sex, Age
        agee > 3
        ^^^^
    filter: the condition has to be true or false, and is BIGINT | compare it, for example with `> 0` or `= 'text'`
    select: the column "Age" would appear twice | give one of them another name: "… AS name" or name="…"
    drop: there is no column "Cabin" | the columns are Name, Sex, Age
    group_by: there is no column "Sx" | did you mean "Sex"? the columns are Name, Sex, Age
    unique: unknown keep="frist" | did you mean "first"? it may be "first", "last", "any" or "none"
    collect: `'Owen'` cannot be cast to DOUBLE | try_cast(… AS DOUBLE) gives NULL there
    collect: `'Owen'` cannot be cast to BIGINT | try_cast(… AS BIGINT) gives NULL there
    "#);
}

#[test]
fn handles_share_one_materialisation() {
    let frame = passengers().filter(&[parse("Age > 30")]).unwrap();
    let derived = frame.select(&[parse("Name")]).unwrap();
    let alias = frame.clone();
    assert!(alias.is_pending());
    Frame::materialize(
        &[frame.clone(), derived.clone(), alias.clone(), passengers()],
        &Interrupt::default(),
    )
    .unwrap();
    assert!(!alias.is_pending() && !derived.is_pending());
    assert_eq!(show(&derived), "Name\nFlorence\nJacques");
    assert_eq!(show(&alias), "Name,Sex,Age\nFlorence,female,38\nJacques,male,35");
}

#[test]
fn a_scan_stays_lazy_and_so_does_what_comes_of_it() {
    let source = Location::at("/mnt/data/a.csv", std::path::Path::new("a.csv"));
    let scan = Frame::scan(passengers().lazy(), vec![source.clone()]);
    let counts = scan.group_by(&[parse("Sex")]).unwrap().len("n").unwrap();
    let joined = Frame::concat(&[counts.clone(), counts.clone()], "vertical").unwrap();
    assert!(counts.is_scan() && joined.is_scan() && !joined.is_pending());
    assert_eq!(joined.sources(), [source]);
    assert_eq!(show(&joined), "Sex,n\nmale,2\nfemale,2\nmale,2\nfemale,2");
    assert_eq!(scan.height(&Interrupt::default()).unwrap(), 4);
}

#[test]
fn a_long_chain_is_collected_on_the_way() {
    let mut frame = passengers();
    for _ in 0..450 {
        frame = frame.with_columns(&[parse("Age + 1 AS Age")]).unwrap();
    }
    assert_eq!(
        frame.column("Age", &Interrupt::default()).unwrap().to_list()[0],
        Scalar::Int(472)
    );
}
