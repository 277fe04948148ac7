//! Pictures as a person meets them in cells, and the files they are saved in.

use std::fs;

use sheaf::output::Output;
use sheaf::render::plot::plot;
use sheaf::render::{Graphics, Style, output};

use crate::live::Live;

/// The workspace of the examples: the Titanic's passengers.
fn titanic() -> Live {
    let live = Live::new();
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/titanic.csv");
    live.data("titanic.csv", &fs::read_to_string(from).unwrap());
    live
}

/// Runs a cell and returns what it shows as plain data.
fn outputs(live: &mut Live, source: &str) -> Vec<Output> {
    let [id] = live.cells([source]);
    let mut shown = Vec::new();
    live.session.run(id, |item| shown.push(item)).unwrap();
    shown
}

#[test]
fn a_picture_is_a_value_that_is_shown_saved_and_named() {
    let mut live = titanic();
    live.enter("titanic = read_csv('/mnt/data/titanic.csv')");
    assert_eq!(
        live.enter("ages = titanic.plot.hist('Age', by='Sex', title='Ages')"),
        ""
    );
    assert_eq!(
        live.enter("print(ages.kind, type(ages), [ages])"),
        "hist plot [plot.hist(\"Ages\")]"
    );
    let shown = live.enter("ages");
    assert!(shown.starts_with("Ages\nrows\n100 ┤"), "{shown}");
    assert_eq!(live.enter("display(ages)"), shown);
    assert_eq!(live.enter("ages.save('/mnt/out/ages.svg')"), "");
    let file = live.folder().join(".sheaf/out/ages.svg");
    let svg = fs::read_to_string(&file).unwrap();
    assert!(svg.starts_with("<svg width=\"800\" height=\"500\"") && svg.contains("female"));
    assert_eq!(
        live.enter("ages.save('/mnt/out/ages.svg')"),
        "error: `/mnt/out/ages.svg` exists already\nhint: pass mode=\"overwrite\" to replace it"
    );
    let saved = "titanic.plot.bar('Pclass', save='/mnt/out/ages.svg', mode='overwrite')";
    assert!(live.enter(saved).starts_with("rows by Pclass\n1 │"));
    assert!(!fs::read_to_string(&file).unwrap().contains("female"));
}

#[test]
fn pictures_that_cannot_be_leave_no_file() {
    let mut live = titanic();
    live.enter("titanic = read_csv('/mnt/data/titanic.csv')");
    let wrong = [
        "titanic.plot.hist('Aeg', save='/mnt/out/x.png')",
        "titanic.plot.hist('Sex', save='/mnt/out/x.png')",
        "titanic.plot.hist('Age', save='/mnt/out/x.pgn')",
        "titanic.plot.hist('Age', save='/mnt/out/x')",
        "titanic.plot.hist('Age', save='/mnt/out/x.png', mode='append')",
        "titanic.filter('Age > 100').plot.scatter('Age', 'Fare')",
        "titanic.plot.bar('Name')",
        "titanic.plot.box('Fare', by='Ticket')",
        "display(3, profile=True)",
    ];
    let said: Vec<String> = wrong.iter().map(|cell| live.enter(cell)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: plot.hist: there is no column "Aeg"
    hint: did you mean "Age"? the columns are PassengerId, Survived, Pclass, Name, Sex, Age, SibSp, Parch, Ticket, Fare, Cabin, Embarked
    error: plot.hist: the column "Sex" is String; expected numbers
    hint: count its values instead: .plot.bar("Sex")
    error: `/mnt/out/x.pgn` has no known picture format: expected a name ending in .svg or .png
    hint: write save="/mnt/out/x.png"
    error: `/mnt/out/x` has no known picture format: expected a name ending in .svg or .png
    hint: write save="/mnt/out/x.png"
    error: mode="append" cannot be used: expected "error" or "overwrite"
    hint: change mode, or leave it out for its default
    error: plot.scatter: none of the 0 rows has a value in Age and Fare
    hint: check the filters above: they leave no rows
    error: plot.bar: the column "Name" has 891 different values; at most 40 can be shown
    hint: keep or combine a few values of "Name" first, with filter or a CASE expression in with_columns
    error: plot.box: the column "Ticket" has 681 different values; at most 12 can be shown
    hint: keep or combine a few values of "Ticket" first, with filter or a CASE expression in with_columns
    error: display: only a frame has a profile, not a value of type int
    hint: pass a frame; .to_frame() turns a column into one
    "#);
    assert!(!live.folder().join(".sheaf/out/x.png").exists());
}

#[test]
fn a_model_has_pictures_of_its_own() {
    let mut live = titanic();
    live.enter(
        "train, test = read_csv('/mnt/data/titanic.csv').split(0.8, seed=42)\n\
         model = LogisticRegression().fit(train, target='Survived', features=['Pclass', 'Fare'])\n\
         classes = LogisticRegression().fit(train, target='Pclass', features=['SibSp', 'Fare'])",
    );
    let area = live.enter("area = model.evaluate(test).roc_auc\nprint(int(area * 1000 + 0.5))");
    let roc = live.enter("model.plot.roc(test)");
    assert!(roc.contains(&format!("Survived = 1 (AUC 0.{area})")), "{roc}");
    let many = live.enter("classes.plot.roc(test)");
    for class in 1..=3 {
        assert!(many.contains(&format!("Pclass = {class} (AUC 0.")), "{many}");
    }
    assert!(live.enter("model.plot.coefficients()").contains("Pclass │"));
    assert!(
        live.enter("classes.plot.confusion(test)")
            .contains("178 rows, accuracy 0.")
    );
    assert!(live.enter("model.plot.calibration(test, bins=5)").contains('●'));
    assert_eq!(
        live.enter("model.plot.calibration(test, bins=1)"),
        "error: plot.calibration: bins must be from 2 to 100, not 1"
    );
}

#[test]
fn a_profile_says_what_a_frame_holds() {
    let mut live = titanic();
    live.enter("titanic = read_csv('/mnt/data/titanic.csv')");
    let shown = outputs(&mut live, "dbutils.data.summarize(titanic)");
    let [profile] = shown.as_slice() else {
        panic!("one output")
    };
    let text = |width| {
        let style = Style {
            width,
            ..Style::default()
        };
        output(profile, &style)
    };
    insta::assert_snapshot!(text(40).lines().skip(23).take(9).collect::<Vec<_>>().join("\n"), @r"
      25% 20  50% 28  75% 38  max 80
    SibSp        Int64    █▃▁▁ ▁▁  ▁
      missing 0  distinct 7  mean 0.523
      std 1.1027  min 0  25% 0  50% 0  75% 1
      max 8
    Parch        Int64    █▂ ▁ ▁▁ ▁▁
      missing 0  distinct 7  mean 0.3816
      std 0.8061  min 0  25% 0  50% 0  75% 0
      max 6
    ");
    for width in [20, 40, 80, 160] {
        assert!(
            text(width).lines().all(|line| line.chars().count() <= width),
            "{}",
            text(width)
        );
    }
    assert_eq!(live.enter("display(titanic, profile=True)"), text(120));
}

#[test]
fn a_terminal_with_graphics_gets_an_image() {
    let mut live = titanic();
    let shown = outputs(&mut live, "read_csv('/mnt/data/titanic.csv').plot.bar('Sex')");
    let [Output::Plot(picture)] = shown.as_slice() else {
        panic!("a plot")
    };
    let style = Style {
        width: 20,
        graphics: Graphics::Kitty,
        ..Style::default()
    };
    assert!(plot(picture, &style).starts_with("\u{1b}_Ga=T,f=100"));
}

#[test]
fn every_example_of_a_picture_runs() {
    use sheaf::describe::Documented as _;
    use sheaf::language::SheafLanguage;
    let sheaf = SheafLanguage::new();
    let catalogue = sheaf.catalogue();
    let types = ["plot", "frame_plots", "model_plots"].map(|name| &catalogue.types[name]);
    let methods = types.into_iter().flat_map(|methods| methods.values());
    let summarize = [
        &catalogue.functions["dbutils.data.summarize"],
        &catalogue.functions["display"],
    ];
    for builtin in methods.chain(summarize) {
        let code = builtin.example.replace("```", "");
        if builtin.parameters().is_empty() && code.trim().is_empty() {
            continue;
        }
        assert!(!code.trim().is_empty(), "{} has an example", builtin.name);
        let shown = titanic().enter(code.trim());
        assert!(!shown.starts_with("error"), "{}: {shown}", builtin.name);
    }
}
