use polars::prelude::*;

use super::*;

fn wide(width: usize) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

fn titanic() -> DataFrame {
    df!(
        "PassengerId" => (1..=891_i64).collect::<Vec<_>>(),
        "Name" => (1..=891).map(|i| format!("Passenger, Mrs. Number {i} (of the upper deck)")).collect::<Vec<_>>(),
        "Age" => (1..=891).map(|i| (i % 3 != 0).then(|| f64::from(i) / 4.0)).collect::<Vec<_>>(),
        "Survived" => (1..=891).map(|i| i % 2 == 0).collect::<Vec<_>>(),
    )
    .unwrap()
}

#[test]
fn a_long_table_shows_its_first_and_last_rows() {
    insta::assert_snapshot!(table(&titanic(), &Style::default()), @r"
    shape: (891, 4)
    ┌─────────────┬────────────────────────────────────────────────┬────────┬──────────┐
    │ PassengerId │ Name                                           │    Age │ Survived │
    │         i64 │ str                                            │    f64 │ bool     │
    ├─────────────┼────────────────────────────────────────────────┼────────┼──────────┤
    │           1 │ Passenger, Mrs. Number 1 (of the upper deck)   │   0.25 │ false    │
    │           2 │ Passenger, Mrs. Number 2 (of the upper deck)   │   0.50 │ true     │
    │           3 │ Passenger, Mrs. Number 3 (of the upper deck)   │   null │ false    │
    │           4 │ Passenger, Mrs. Number 4 (of the upper deck)   │   1.00 │ true     │
    │           5 │ Passenger, Mrs. Number 5 (of the upper deck)   │   1.25 │ false    │
    │           … │ …                                              │      … │ …        │
    │         887 │ Passenger, Mrs. Number 887 (of the upper deck) │ 221.75 │ false    │
    │         888 │ Passenger, Mrs. Number 888 (of the upper deck) │   null │ true     │
    │         889 │ Passenger, Mrs. Number 889 (of the upper deck) │ 222.25 │ false    │
    │         890 │ Passenger, Mrs. Number 890 (of the upper deck) │ 222.50 │ true     │
    │         891 │ Passenger, Mrs. Number 891 (of the upper deck) │   null │ false    │
    └─────────────┴────────────────────────────────────────────────┴────────┴──────────┘
    ");
}

#[test]
fn a_wide_table_is_folded_and_the_hidden_columns_are_named() {
    insta::assert_snapshot!(table(&titanic().head(Some(2)), &wide(40)), @r"
    shape: (2, 4)
    ┌─────────────┬───┬──────┬──────────┐
    │ PassengerId │ … │  Age │ Survived │
    │         i64 │   │  f64 │ bool     │
    ├─────────────┼───┼──────┼──────────┤
    │           1 │ … │ 0.25 │ false    │
    │           2 │ … │ 0.50 │ true     │
    └─────────────┴───┴──────┴──────────┘
    hidden: Name
    ");
    let many: Vec<Column> = (0..200)
        .map(|i| Column::new(format!("c{i}").into(), [i]))
        .collect();
    insta::assert_snapshot!(table(&DataFrame::new_infer_height(many).unwrap(), &wide(50)), @r"
    shape: (1, 200)
    ┌─────┬─────┬─────┬─────┬───┬──────┬──────┬──────┐
    │  c0 │  c1 │  c2 │  c3 │ … │ c197 │ c198 │ c199 │
    │ i32 │ i32 │ i32 │ i32 │   │  i32 │  i32 │  i32 │
    ├─────┼─────┼─────┼─────┼───┼──────┼──────┼──────┤
    │   0 │   1 │   2 │   3 │ … │  197 │  198 │  199 │
    └─────┴─────┴─────┴─────┴───┴──────┴──────┴──────┘
    hidden: c4, c5, c6, c7, c8, c9, c10, c11, c12,
            c13, c14, c15, c16, c17, c18, c19, c20,
            c21, c22, c23, c24, c25, c26, c27, c28,
            c29, c30, c31, c32, c33, c34, c35, c36,
            c37, c38, c39, c40, c41, c42, c43,
            and 153 more
    ");
}

#[test]
fn cells_are_readable_and_cannot_steer_the_terminal() {
    let df = df!(
        "text" => [Some("a\nb\t\u{1b}[31mred"), Some("\u{202E}gnp.exe\u{E000}"), Some("日本語の長い長い長い長い長い長い名前です"), Some(""), None],
        "price" => [Some(7.25), Some(71.2833), Some(1.0 / 3.0), Some(512.0), None],
        "extreme" => [1e-9, 1.5e20, f64::NAN, f64::NEG_INFINITY, 0.0],
        "n" => [Some(-1_i64), Some(1_000_000), None, Some(i64::MIN), Some(0)],
    )
    .unwrap();
    insta::assert_snapshot!(table(&df, &Style::default()), @r"
    shape: (5, 4)
    ┌──────────────────────────────────────────┬────────────┬─────────┬──────────────────────┐
    │ text                                     │      price │ extreme │                    n │
    │ str                                      │        f64 │     f64 │                  i64 │
    ├──────────────────────────────────────────┼────────────┼─────────┼──────────────────────┤
    │ a\nb\t\u{1b}[31mred                      │   7.250000 │    1e-9 │                   -1 │
    │ \u{202e}gnp.exe\u{e000}                  │  71.283300 │  1.5e20 │              1000000 │
    │ 日本語の長い長い長い長い長い長い名前です │   0.333333 │     NaN │                 null │
    │                                          │ 512.000000 │    -inf │ -9223372036854775808 │
    │ null                                     │       null │     0.0 │                    0 │
    └──────────────────────────────────────────┴────────────┴─────────┴──────────────────────┘
    ");
}

#[test]
fn small_and_odd_tables_are_shown() {
    assert_eq!(
        table(&DataFrame::empty(), &Style::default()),
        "shape: (0, 0)\n(no columns)"
    );
    insta::assert_snapshot!(table(&titanic().head(Some(0)), &Style::default()), @r"
    shape: (0, 4)
    ┌─────────────┬──────┬─────┬──────────┐
    │ PassengerId │ Name │ Age │ Survived │
    │         i64 │ str  │ f64 │ bool     │
    ├─────────────┼──────┼─────┼──────────┤
    └─────────────┴──────┴─────┴──────────┘
    ");
    let long =
        df!("a name that is far too long for this terminal" => ["and a value that is too long as well"])
            .unwrap();
    insta::assert_snapshot!(table(&long, &wide(20)), @r"
    shape: (1, 1)
    ┌──────────────────┐
    │ a name that is … │
    │ str              │
    ├──────────────────┤
    │ and a value tha… │
    └──────────────────┘
    ");
    insta::assert_snapshot!(table(&titanic().head(Some(1)), &wide(1)), @r"
    shape: (1, 4)
    ┌───┬───┐
    │ … │ … │
    │ … │   │
    ├───┼───┤
    │ 1 │ … │
    └───┴───┘
    hidden: Name,
            Age,
            Survived
    ");
}

#[test]
fn colours_dim_types_and_nulls_without_moving_anything() {
    let df = df!("a" => [Some(1_i64), None], "s" => [Some("null"), None]).unwrap();
    let plain = table(&df, &Style::default());
    let colored = table(
        &df,
        &Style {
            color: true,
            ..Style::default()
        },
    );
    assert_eq!(colored.replace("\u{1b}[2m", "").replace("\u{1b}[0m", ""), plain);
    insta::assert_snapshot!(colored.replace('\u{1b}', "ESC"), @r"
    shape: (2, 2)
    ┌──────┬──────┐
    │    a │ s    │
    ESC[2m│  i64 │ str  │ESC[0m
    ├──────┼──────┤
    │    1 │ null │
    │ ESC[2mnullESC[0m │ ESC[2mnullESC[0m │
    └──────┴──────┘
    ");
}

#[test]
fn an_excerpt_is_shown_as_the_table_it_is_taken_from() {
    let df = titanic();
    let ends = df.head(Some(6)).vstack(&df.tail(Some(6))).unwrap();
    assert_eq!(
        table_of(&ends, 891, &Style::default()),
        table(&df, &Style::default())
    );
}

#[test]
fn texts_use_the_width_there_is_and_numbers_are_never_cut() {
    let df = df!(
        "id" => [i64::MIN],
        "first" => ["short"],
        "second" => ["a text of about fifty letters, which is long enough"],
        "third" => ["and another one that is longer still: it goes on, and on, and on until the end"],
    )
    .unwrap();
    let shown = |width: usize| {
        let shown = table(&df, &wide(width));
        assert!(shown.lines().all(|line| line.chars().count() <= width), "{shown}");
        shown
    };
    insta::assert_snapshot!(shown(200), @r"
    shape: (1, 4)
    ┌──────────────────────┬───────┬─────────────────────────────────────────────────────┬────────────────────────────────────────────────────────────────────────────────┐
    │                   id │ first │ second                                              │ third                                                                          │
    │                  i64 │ str   │ str                                                 │ str                                                                            │
    ├──────────────────────┼───────┼─────────────────────────────────────────────────────┼────────────────────────────────────────────────────────────────────────────────┤
    │ -9223372036854775808 │ short │ a text of about fifty letters, which is long enough │ and another one that is longer still: it goes on, and on, and on until the end │
    └──────────────────────┴───────┴─────────────────────────────────────────────────────┴────────────────────────────────────────────────────────────────────────────────┘
    ");
    insta::assert_snapshot!(shown(140), @r"
    shape: (1, 4)
    ┌──────────────────────┬───────┬─────────────────────────────────────────────────────┬─────────────────────────────────────────────────────┐
    │                   id │ first │ second                                              │ third                                               │
    │                  i64 │ str   │ str                                                 │ str                                                 │
    ├──────────────────────┼───────┼─────────────────────────────────────────────────────┼─────────────────────────────────────────────────────┤
    │ -9223372036854775808 │ short │ a text of about fifty letters, which is long enough │ and another one that is longer still: it goes on, … │
    └──────────────────────┴───────┴─────────────────────────────────────────────────────┴─────────────────────────────────────────────────────┘
    ");
    insta::assert_snapshot!(shown(80), @r"
    shape: (1, 4)
    ┌──────────────────────┬───────┬───┬───────────────────────────────────────────┐
    │                   id │ first │ … │ third                                     │
    │                  i64 │ str   │   │ str                                       │
    ├──────────────────────┼───────┼───┼───────────────────────────────────────────┤
    │ -9223372036854775808 │ short │ … │ and another one that is longer still: it… │
    └──────────────────────┴───────┴───┴───────────────────────────────────────────┘
    hidden: second
    ");
    insta::assert_snapshot!(shown(40), @r"
    shape: (1, 4)
    ┌──────────────────────┬───────┬───┐
    │                   id │ first │ … │
    │                  i64 │ str   │   │
    ├──────────────────────┼───────┼───┤
    │ -9223372036854775808 │ short │ … │
    └──────────────────────┴───────┴───┘
    hidden: second, third
    ");
}

#[test]
fn a_series_has_a_form_of_its_own() {
    let ages = Series::new("Age".into(), [Some(22.0), None]);
    insta::assert_snapshot!(series(&ages, &Style::default()), @r"
    shape: (2,)
    ┌──────┐
    │  Age │
    │  f64 │
    ├──────┤
    │ 22.0 │
    │ null │
    └──────┘
    ");
}

#[test]
fn a_listing_folds_between_words_and_stacks_where_a_word_would_break() {
    let rows = [
        ["0", "log_loss", "0.46101234567890123", "a value of several words"],
        ["12", "f1", "0.7", "one"],
    ];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
    let shown = |width: usize| {
        let shown = listing(&["row", "column", "recorded", "now"], &rows, &wide(width));
        assert!(shown.lines().all(|line| line.chars().count() <= width), "{shown}");
        shown
    };
    insta::assert_snapshot!(shown(80), @r"
    ┌─────┬──────────┬─────────────────────┬──────────────────────────┐
    │ row │ column   │ recorded            │ now                      │
    ├─────┼──────────┼─────────────────────┼──────────────────────────┤
    │ 0   │ log_loss │ 0.46101234567890123 │ a value of several words │
    │ 12  │ f1       │ 0.7                 │ one                      │
    └─────┴──────────┴─────────────────────┴──────────────────────────┘
    ");
    insta::assert_snapshot!(shown(56), @r"
    ┌─────┬──────────┬─────────────────────┬───────────────┐
    │ row │ column   │ recorded            │ now           │
    ├─────┼──────────┼─────────────────────┼───────────────┤
    │ 0   │ log_loss │ 0.46101234567890123 │ a value of    │
    │     │          │                     │ several words │
    │ 12  │ f1       │ 0.7                 │ one           │
    └─────┴──────────┴─────────────────────┴───────────────┘
    ");
    insta::assert_snapshot!(shown(40), @r"
    row       0
    column    log_loss
    recorded  0.46101234567890123
    now       a value of several words

    row       12
    column    f1
    recorded  0.7
    now       one
    ");
}
