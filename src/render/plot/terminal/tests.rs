use polars::prelude::{DataFrame, df};

use super::*;
use crate::frame::plot::{Axis, PlotKind, bars, boxes, histogram, lines, scatter};

/// Ages as on a ship, in tens.
fn passengers() -> DataFrame {
    let ages = [2, 12, 14, 21, 22, 23, 24, 25, 28, 31, 33, 36, 42, 44, 58, 71];
    let sexes = [
        "f", "m", "f", "m", "m", "f", "m", "m", "f", "m", "m", "f", "m", "m", "f", "m",
    ];
    let fares: Vec<f64> = ages.iter().map(|age| f64::from(*age) * 1.5).collect();
    df!("age" => &ages, "sex" => &sexes, "fare" => &fares).unwrap()
}

pub(in crate::render::plot) fn ages(by: Option<&str>) -> Plot {
    histogram(&passengers(), "age", 7, by).unwrap()
}

fn shown(plot: &Plot, width: usize, color: bool) -> String {
    let style = Style {
        width,
        color,
        ..Style::default()
    };
    terminal(plot, &style)
}

/// One plot of each kind.
pub(in crate::render::plot) fn every_kind() -> Vec<Plot> {
    let table = passengers();
    let ys = ["fare".to_owned()];
    vec![
        ages(None),
        ages(Some("sex")),
        bars(&table, "sex", None, None).unwrap(),
        bars(&table, "sex", Some("age"), Some("sex")).unwrap(),
        lines(&table, "age", &ys, Some("sex")).unwrap(),
        scatter(&table, "age", "fare", None).unwrap(),
        boxes(&table, "age", Some("sex")).unwrap(),
        confusion(),
    ]
}

fn confusion() -> Plot {
    let names = vec!["no".to_owned(), "yes".to_owned()];
    Plot {
        kind: PlotKind::Confusion,
        title: "survived on 10 rows".to_owned(),
        x: Axis::categories("predicted", names.clone()),
        y: Axis::categories("actual", names),
        marks: Marks::Matrix(vec![vec![5, 1], vec![0, 4]]),
        diagonal: false,
        notes: vec!["accuracy 0.9000".to_owned()],
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of them are what is expected")]
fn plots_without_colour_are_told_apart_by_their_marks() {
    let both = |plot: &Plot| format!("{}\n\n{}", shown(plot, 80, false), shown(plot, 40, false));
    insta::assert_snapshot!(both(&ages(Some("sex"))), @r"
    age by sex
    rows
    6 ┤                    ░░░░░░░░░░
      │                    ░░░░░░░░░░
      │                    ░░░░░░░░░░
      │                    ░░░░░░░░░░
    4 ┤                    ░░░░░░░░░░
      │                    ░░░░░░░░░░
      │          ░░░░░░░░░░░░░░░░░░░░
      │          ░░░░░░░░░░░░░░░░░░░░
    2 ┤          ░░░░░░░░░░██████████░░░░░░░░░░░░░░░░░░░░
      │          ░░░░░░░░░░██████████░░░░░░░░░░░░░░░░░░░░
      │▇▇▇▇▇▇▇▇▇▇██████████████████████████████░░░░░░░░░░▇▇▇▇▇▇▇▇▇▇░░░░░░░░░░
    0 ┤████████████████████████████████████████░░░░░░░░░░██████████░░░░░░░░░░
      └────────┬─────────┬─────────┬─────────┬─────────┬─────────┬─────────┬─
              10        20        30        40        50        60        70
                                         age
    █ f  ░ m

    age by sex
    rows
    6 ┤          ░░░░░
      │          ░░░░░
      │          ░░░░░
      │          ░░░░░
    4 ┤          ░░░░░
      │          ░░░░░
      │     ░░░░░░░░░░
      │     ░░░░░░░░░░
    2 ┤     ░░░░░█████░░░░░░░░░░
      │     ░░░░░█████░░░░░░░░░░
      │▇▇▇▇▇███████████████░░░░░▇▇▇▇▇░░░░░
    0 ┤████████████████████░░░░░█████░░░░░
      └─────────┬─────────┬─────────┬─────
               20        40        60
                       age
    █ f  ░ m
    ");
    let table = passengers();
    insta::assert_snapshot!(both(&bars(&table, "sex", Some("age"), None).unwrap()), @r"
    mean of age by sex
    f │████████████████████████████████████████████████████████▍ 26.83
    m │████████████████████████████████████████████████████████████████████▎ 32.5

    mean of age by sex
    f │████████████████████████▋ 26.83
    m │█████████████████████████████▊ 32.5
    ");
    insta::assert_snapshot!(both(&boxes(&table, "age", Some("sex")).unwrap()), @r"
    age by sex
      │
    f │  ├──────────────▒▒▒▒▒▒▒▒▒┃▒▒▒▒▒▒▒▒▒───────────────────────┤
      │
    m │             ├─────────▒▒▒▒▒▒┃▒▒▒▒▒▒▒▒▒▒▒▒───┤                           ∘
      │
      └┬─────────┬──────────┬─────────┬─────────┬─────────┬─────────┬──────────┬───
       0        10         20        30        40        50        60         70
                                            age

    age by sex
      │
    f │ ├──────▒▒▒▒┃▒▒▒▒───────────┤
      │
    m │      ├────▒▒┃▒▒▒▒▒▒─┤            ∘
      │
      └┬─────────┬────────┬─────────┬──────
       0        20       40        60
                        age
    ");
    insta::assert_snapshot!(both(&confusion()), @r"
    survived on 10 rows
            predicted
    actual        no       yes
    no       5 (83%)   1 (17%)
    yes       0 (0%)  4 (100%)
    accuracy 0.9000

    survived on 10 rows
            predicted
    actual        no       yes
    no       5 (83%)   1 (17%)
    yes       0 (0%)  4 (100%)
    accuracy 0.9000
    ");
    insta::assert_snapshot!(shown(&scatter(&table, "age", "fare", Some("sex")).unwrap(), 40, false), @r"
    fare against age, by sex
    fare
        │                                ×
    100 ┤
        │                          •
        │
        │                    ×
        │                   ×
     50 ┤              ××•
        │           × •
        │          ×
        │      ×•
        │
      0 ┤ •
        └┬────────┬────────┬────────┬──────
         0       20       40       60
                         age
    • f  × m
    ");
}

#[test]
fn every_kind_fits_every_width() {
    for plot in &every_kind() {
        for wide in [20, 40, 80, 200] {
            let text = shown(plot, wide, false);
            assert!(text.lines().count() <= 20, "{text}");
            for line in text.lines() {
                assert!(
                    width(line) <= wide && !line.ends_with(' '),
                    "{wide}: {line:?}\n{text}"
                );
            }
        }
        assert!(shown(plot, 80, true).contains("\u{1b}["));
        assert!(!shown(plot, 80, false).contains('\u{1b}'));
    }
}
