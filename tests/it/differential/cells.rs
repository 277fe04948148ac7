//! Random notebooks that run: cells of every kind, which read one another, files, widgets and other notebooks.

/// `SplitMix64`, so that a seed makes the same notebook for ever.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn choose<'a>(&mut self, from: &'a [String]) -> Option<&'a String> {
        let place = self.below(from.len().max(1) as u64);
        from.get(usize::try_from(place).unwrap())
    }
}

/// What the cells so far have bound.
#[derive(Default)]
struct Names {
    count: usize,
    frames: Vec<String>,
    models: Vec<String>,
    saved: Vec<String>,
    numbers: Vec<String>,
    functions: Vec<String>,
    written: Vec<String>,
    widgets: Vec<String>,
}

impl Names {
    fn invent(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}{}", self.count)
    }
}

/// Files that the notebooks read, below the workspace.
pub const FILES: [(&str, &str); 7] = [
    (
        "sheaf.ron",
        "(mounts: {\"/mnt/data\": \"file:data\", \"/mnt/out\": \"file:.sheaf/out\", \"/mnt/models\": \"file:.sheaf/models\"})",
    ),
    (
        "data/small.csv",
        "a,b,g\n0.5,1,x\n1.5,2,y\n-2.25,3,x\n,4,y\n4.0,5,z\n5.5,6,x\n0.1,7,y\n8.0,8,z\n",
    ),
    (
        "notebooks/parts/setup.py",
        "# %%\ndef scaled(x):\n    return x * 3\n# %%\nshared = read_csv(\"/mnt/data/small.csv\").drop_nulls()\n# %%\n\
         shared_model = LogisticRegression().fit(shared.with_columns(t=\"CASE WHEN b > 4 THEN 1 ELSE 0 END\"), target=\"t\", \
         features=[\"a\"])\nshared_model\n",
    ),
    (
        "notebooks/parts/child.py",
        "# %%\ndbutils.widgets.text(\"k\", \"1\")\n# %%\n%run ./setup\n# %%\n\
         shared_model.save(\"/mnt/models/child.ron\", mode=\"overwrite\")\n# %%\n\
         dbutils.notebook.exit(dbutils.widgets.get(\"k\") + \" of \" + str(shared.height))\n",
    ),
    (
        "notebooks/parts/broken.py",
        "# %%\nfine = 1\n# %%\ndef fails(x):\n    return x // 0\n\nfails(fine)\n",
    ),
    (
        "notebooks/parts/tools.star",
        "load(\"./more.star\", \"one\")\n\ndef twice(x):\n    return x * 2 + one() - 1\n",
    ),
    ("notebooks/parts/more.star", "def one():\n    return 1\n"),
];

/// Makes the cells of a notebook, as they would be typed; the last one fails, where that is wanted.
pub fn cells(seed: u64, count: usize, fails: bool) -> Vec<String> {
    let mut random = Random::new(seed);
    let mut names = Names::default();
    let mut cells = vec![format!(
        "base = frame({{\"a\": [i * 0.5 - 3 for i in range({n})], \"b\": [(i * 7) % 11 for i in range({n})], \
         \"g\": [\"xyz\"[i % 3] for i in range({n})]}})",
        n = 12 + random.below(20)
    )];
    names.frames.push("base".to_owned());
    while cells.len() < count {
        cells.extend(cell(&mut random, &mut names));
    }
    if fails {
        let failures = [
            "base.filter(\"nothing > 1\")",
            "%run ./parts/broken",
            "dbutils.notebook.run(\"./parts/broken\")",
            "read_csv(\"/mnt/data/none.csv\")",
            "base.write_csv(\"/mnt/out/late.csv\", mode=\"overwrite\")\nfail(\"after it was written\")",
            "%run ./parts/none",
        ];
        let place = usize::try_from(random.below(failures.len() as u64)).unwrap();
        cells.push(failures[place].to_owned());
        cells.push("never = 1".to_owned());
    }
    cells
}

/// Makes one cell; none where what it would read is not there yet.
fn cell(random: &mut Random, names: &mut Names) -> Option<String> {
    let frame = random.choose(&names.frames)?.clone();
    let k = random.below(9) + 1;
    match random.below(30) {
        0 => bind(names, |new| format!("{new} = read_csv(\"/mnt/data/small.csv\")")),
        1 => bind(names, |new| {
            format!("{new} = read_csv(\"data/small.csv\").drop_nulls()")
        }),
        2 => bind(names, |new| {
            format!("{new} = scan_csv(\"/mnt/data/*.csv\").filter(\"b > {k}\")")
        }),
        3 | 4 => bind(names, |new| {
            format!("{new} = {frame}.with_columns(a=\"a * {k} + b\").sort(\"b\", \"a\")")
        }),
        5 => bind(names, |new| {
            format!("{new} = {frame}.filter(\"b < {k} OR g = 'x'\")\n{new}.height")
        }),
        // The same name again: those below mean this one.
        6 => Some(format!("{frame} = {frame}.with_columns(b=\"b + {k}\")")),
        7 => Some(format!(
            "{frame}.group_by(\"g\").agg(s=\"sum(a)\", n=\"count(*)\").sort(\"g\")"
        )),
        8 => Some(format!(
            "%sql SELECT g, max(b) AS top FROM {frame} GROUP BY g ORDER BY g"
        )),
        9 => bind(names, |new| {
            format!("%sql {new} << SELECT a, b + {k} AS b, g FROM {frame} WHERE b IS NOT NULL")
        }),
        10 => Some(format!("display({frame})\n{frame}.describe()")),
        11 => Some(format!("{frame}.plot.bar(\"g\", \"b\")")),
        12 => {
            let path = format!("/mnt/out/{}.svg", names.invent("plot"));
            Some(format!(
                "p = {frame}.plot.hist(\"b\", save=\"{path}\", mode=\"overwrite\")\np"
            ))
        }
        13..=15 => {
            let new = names.invent("m");
            names.models.push(new.clone());
            let features = [
                "[\"a\", \"g\"]",
                "Recipe([\"a\", \"g\"]).impute(\"a\").standardize(\"a\")",
            ][(k % 2) as usize];
            Some(format!(
                "rows = base.with_columns(t=\"CASE WHEN b % 2 = 0 THEN 1 ELSE 0 END\")\nestimator = LogisticRegression(C={k}.0)\n\
                 recipe = {features}\n{new} = estimator.fit(rows, target=\"t\", features=recipe)\n{new}"
            ))
        }
        16 | 17 => {
            let model = random.choose(&names.models)?;
            let path = format!("/mnt/models/{model}.ron");
            let text = format!("{model}.save(\"{path}\", mode=\"overwrite\")");
            names.saved.push(path);
            Some(text)
        }
        18 => Some(format!(
            "again = load_model(\"{}\")\nagain",
            random.choose(&names.saved)?
        )),
        19 => Some(format!(
            "{}.predict(base).head({k})",
            random.choose(&names.models)?
        )),
        20 => {
            let ending = ["csv", "parquet", "ndjson", "ipc"][(k % 4) as usize];
            let path = format!("/mnt/out/{}.{ending}", names.invent("f"));
            let text = format!("{frame}.write_{ending}(\"{path}\", mode=\"overwrite\")");
            names.written.push(format!("read_{ending}(\"{path}\")"));
            Some(text)
        }
        21 => Some(format!("{}.height", random.choose(&names.written)?)),
        22 => {
            let new = names.invent("fn");
            names.functions.push(new.clone());
            Some(format!(
                "def {new}(x):\n    if x > {k}:\n        return x * {k}\n    return x + base.height"
            ))
        }
        23 => {
            let function = random.choose(&names.functions)?.clone();
            let new = names.invent("n");
            names.numbers.push(new.clone());
            Some(format!("{new} = [{function}(i) for i in range({k})]\n{new}"))
        }
        24 => {
            let new = names.invent("w");
            let text = format!("dbutils.widgets.text(\"{new}\", \"{k}\")");
            names.widgets.push(new);
            Some(text)
        }
        25 => Some(format!(
            "print(\"widget\", dbutils.widgets.get(\"{}\"))",
            random.choose(&names.widgets)?
        )),
        26 => Some(format!("%run ./parts/setup\n# {k}")),
        27 => Some(format!(
            "load(\"./parts/tools.star\", \"twice\")\nx = {k}\nif len([]) > 0:\n    y = 2\nprint(twice(x))"
        )),
        28 => Some(format!(
            "dbutils.notebook.run(\"./parts/child\", 60, {{\"k\": \"{k}\", \"unused\": \"1\"}})"
        )),
        _ => Some(format!("%md\n# Part {k}\nSome *text*, which has no results.")),
    }
}

/// Makes a cell that binds a frame.
fn bind(names: &mut Names, text: impl FnOnce(&str) -> String) -> Option<String> {
    let new = names.invent("f");
    let text = text(&new);
    names.frames.push(new);
    Some(text)
}
