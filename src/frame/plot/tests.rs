use polars::prelude::{DataFrame, df};

use super::*;
use crate::error::Problem;

fn passengers() -> DataFrame {
    df!(
        "sex" => ["f", "m", "f", "m", "f"],
        "class" => [1, 3, 3, 1, 2],
        "age" => [Some(0.0), None, Some(5.0), Some(10.0), Some(f64::NAN)],
        "name" => ["a", "b", "c", "d", "e"],
    )
    .unwrap()
}

#[test]
fn a_bin_holds_its_lower_edge_and_the_last_one_both() {
    let plot = histogram(&passengers(), "age", 2, Some("sex")).unwrap();
    let group = |name: &str, data: [u64; 2]| Named {
        name: name.to_owned(),
        data: data.to_vec(),
    };
    let expected = Marks::Bins {
        edges: vec![0.0, 5.0, 10.0],
        groups: vec![group("f", [1, 1]), group("m", [0, 1])],
    };
    assert_eq!(plot.marks, expected);
    assert_eq!(plot.notes, ["2 of 5 rows left out: no age or sex"]);
    let same = histogram(&df!("x" => [3.0, 3.0]).unwrap(), "x", 1, None).unwrap();
    assert!(matches!(same.marks, Marks::Bins { edges, .. } if edges == [2.5, 3.5]));
}

#[test]
fn bars_count_or_average() {
    let counts = bars(&passengers(), "class", None, None).unwrap();
    assert_eq!(counts.x.names(), ["1", "2", "3"]);
    assert!(matches!(&counts.marks, Marks::Bars(bars) if bars[0].data == [Some(2.0), Some(1.0), Some(2.0)]));
    let means = bars(&passengers(), "sex", Some("age"), None).unwrap();
    assert_eq!(means.title, "mean of age by sex");
    assert!(matches!(&means.marks, Marks::Bars(bars) if bars[0].data == [Some(2.5), Some(10.0)]));
    let rows = df!("port" => ["S", "C"], "n" => [9, 1]).unwrap();
    let sorted = bars(&rows, "port", Some("n"), None).unwrap();
    assert_eq!(sorted.x.names(), ["S", "C"]);
    assert_eq!(sorted.y.label, "n");
}

#[test]
fn a_line_goes_through_the_mean_of_the_same_x() {
    let table = df!("x" => [2, 1, 2], "y" => [1.0, 5.0, 3.0]).unwrap();
    let plot = lines(&table, "x", &["y".to_owned()], None).unwrap();
    assert_eq!(plot.y.label, "mean of y");
    assert!(matches!(&plot.marks, Marks::Lines(lines) if lines[0].data == [(1.0, 5.0), (2.0, 2.0)]));
}

#[test]
fn many_points_are_thinned_the_same_way_each_time() {
    let xs: Vec<i32> = (0..50_000).collect();
    let table = df!("x" => &xs, "y" => &xs).unwrap();
    let plot = scatter(&table, "x", "y", None).unwrap();
    assert_eq!(plot.notes, ["20000 of 50000 points drawn"]);
    let Marks::Points(points) = &plot.marks else {
        panic!("points")
    };
    assert_eq!(points[0].data.len(), 20_000);
    assert_eq!(points[0].data[1], (2.0, 2.0));
    assert_eq!(plot, scatter(&table, "x", "y", None).unwrap());
}

#[test]
fn boxes_have_numpys_quartiles_and_tukeys_whiskers() {
    let table = df!("x" => [1.0, 2.0, 3.0, 4.0, 100.0]).unwrap();
    let plot = boxes(&table, "x", None).unwrap();
    let expected = BoxSummary {
        count: 5,
        low: 1.0,
        quartiles: [2.0, 3.0, 4.0],
        high: 4.0,
        outliers: vec![100.0],
    };
    assert_eq!(plot.marks, Marks::Boxes(vec![expected]));
}

#[test]
fn what_cannot_be_drawn_says_why_and_what_to_do() {
    let table = passengers();
    let many: Vec<String> = (0..60).map(|value| value.to_string()).collect();
    let many = df!("id" => &many, "x" => vec![1.0; 60]).unwrap();
    let errors = [
        histogram(&table, "Age", 20, None),
        histogram(&table, "sex", 20, None),
        histogram(&table, "age", 0, None),
        histogram(&table.head(Some(0)), "age", 20, None),
        histogram(&df!("x" => [f64::NAN]).unwrap(), "x", 20, None),
        histogram(&many, "x", 20, Some("id")),
        scatter(&table, "sex", "age", None),
        lines(&table, "age", &[], None),
    ];
    let said: Vec<String> = errors
        .into_iter()
        .map(|result| {
            let error = result.unwrap_err();
            format!("{error}\n  {}", error.hint().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    plot.hist: there is no column "Age"
      did you mean "age"? the columns are sex, class, age, name
    plot.hist: the column "sex" is String; expected numbers
      count its values instead: .plot.bar("sex")
    plot.hist: bins must be from 1 to 200, not 0
      
    plot.hist: none of the 0 rows has a value in age
      check the filters above: they leave no rows
    plot.hist: none of the 1 rows has a value in x
      choose a column that has values, or fill_null first
    plot.hist: the column "id" has 60 different values; at most 12 can be shown
      keep or combine a few values of "id" first, with filter or a CASE expression in with_columns
    plot.scatter: the column "sex" is String; expected numbers, booleans, dates or times
      choose another column than "sex", or derive one from it with with_columns
    plot.line: y must be at least one column, not an empty list
      
    "#);
}
