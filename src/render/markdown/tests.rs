use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn shown(text: &str, width: usize) -> String {
    markdown(
        text,
        &Style {
            width,
            color: false,
            ..Style::default()
        },
    )
}

const PAGE: &str = "\
# Who *survived*?
A look at the **passenger list**, before any `model`, folded to the width.
A second line\\
after a break, ~~gone~~.

- one
- two with a long text that folds under itself
  1. first
  2. second
- [x] done
- [ ] open

* apart

  more
* and apart

> quoted text that is folded too
>
> - item

```python
x = 1

y = x
```

| Sex    | Rate |  n |
|--------|-----:|:--:|
| female | 0.74 | **314** |
| male   | 0.19 | 577 |

***

See [the data](https://example.org/t.csv), <https://example.org> or ![a plot](p.png).
<div class=\"note\">Keep <b>this</b> text &amp; that<br>too<script>alert(1)</script></div>
";

#[test]
fn a_page_is_shown_without_colour() {
    insta::assert_snapshot!(shown(PAGE, 44), @"
    # Who survived?

    A look at the passenger list, before any
    `model`, folded to the width. A second line
    after a break, ~~gone~~.

    • one
    • two with a long text that folds under
      itself
      1. first
      2. second
    [x] done
    [ ] open

    • apart

      more

    • and apart

    │ quoted text that is folded too
    │
    │ • item

        x = 1

        y = x

    ┌────────┬──────┬─────┐
    │ Sex    │ Rate │  n  │
    ├────────┼──────┼─────┤
    │ female │ 0.74 │ 314 │
    │ male   │ 0.19 │ 577 │
    └────────┴──────┴─────┘

    ────────────────────────────────────────────

    See the data (https://example.org/t.csv),
    https://example.org or [image: a plot].

    Keep this text & that
    too
    ");
}

#[test]
fn looks_are_colours_where_there_are_any() {
    let style = Style {
        width: 80,
        color: true,
        ..Style::default()
    };
    let text = markdown(
        "# A *b*\n## B\n### C\ntext **bold _both_** `code` ~~no~~ [a](b)\n> q\n```sql\nSELECT 1\n```",
        &style,
    );
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"), @"
    ␛[1;4mA ␛[0m␛[1;3;4mb␛[0m

    ␛[1mB␛[0m

    ␛[1;3mC␛[0m

    text ␛[1mbold ␛[0m␛[1;3mboth␛[0m ␛[36mcode␛[0m ␛[9mno␛[0m ␛[4ma␛[0m ␛[2m(b)␛[0m

    ␛[2m│␛[0m q

        ␛[35mSELECT␛[0m ␛[36m1␛[0m
    ");
}

#[test]
fn nothing_in_a_page_steers_the_terminal() {
    let nasty = [
        "a\u{1b}[31mb",
        "&#27;[31m&#x9b;1m",
        "`\u{1b}c`",
        "```\n\u{1b}]0;title\u{7}\r\n```",
        "[x](<\u{1b}[2J>)",
        "|a|\n|-|\n|\u{1b}[2J|",
        "<div>\u{1b}[2J&#27;</div>",
        "![\u{8}](a)",
    ];
    for text in nasty {
        let text = shown(text, 40);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn deep_and_long_pages_take_linear_time() {
    let started = Instant::now();
    let mut numbered = String::new();
    for depth in 0..300 {
        let _ = writeln!(numbered, "{}1. x", " ".repeat(depth * 3));
    }
    let pages = [
        format!("{}a\n{}", "> ".repeat(5_000), "b\n".repeat(5_000)),
        "- ".repeat(10_000),
        "<a ".repeat(20_000),
        "<div><!--".repeat(10_000),
        "[".repeat(20_000),
        "**a ".repeat(10_000),
        format!("|{}\n|{}\n|a|", "a|".repeat(2_000), "-|".repeat(2_000)),
        "x".repeat(100_000),
        numbered,
    ];
    for page in &pages {
        shown(page, 40);
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

proptest! {
    #[test]
    fn any_text_is_shown(
        text in "([-#>*_`~|<>\\[\\]()!&;:.\\\\ \n\ta-c1世é]|<br>|- |> |```|\n\n|\\|-\\|){0,120}",
        width in 0_usize..90,
        color: bool,
    ) {
        let shown = markdown(&text, &Style { width, color, ..Style::default() });
        let control = |c: char| c.is_control() && c != '\n' && !(color && c == '\u{1b}') && c != '\t';
        prop_assert!(!shown.contains(control), "{shown:?}");
    }
}
