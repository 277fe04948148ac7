//! `df.plot`, `model.plot` and what they return: pictures as values, and saving them.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use polars::prelude::DataFrame;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::{NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::arguments::Strings;
use super::frames::FrameValue;
use super::{Family, OrFail, context};
use crate::error::Error;
use crate::frame::plot::{self, Plot, PlotError};
use crate::frame::write::{Mode, bytes_to};
use crate::frame::{Expression, Frame, FrameError};
use crate::model::{FittedModel, ModelError, Warning};
use crate::render::plot::Picture;
use crate::session::{CellContext, Output};

/// More intervals of probability than this have too few rows each.
const MOST_CALIBRATION_BINS: i64 = 100;

/// A picture in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct PlotValue(#[allocative(skip)] Arc<Plot>);

/// `df.plot`: the pictures that a frame can make.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct FramePlotsValue(#[allocative(skip)] Frame);

/// `model.plot`: the pictures that a model can make.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct ModelPlotsValue(#[allocative(skip)] Arc<FittedModel>);

starlark_simple_value!(PlotValue);
starlark_simple_value!(FramePlotsValue);
starlark_simple_value!(ModelPlotsValue);

impl FramePlotsValue {
    /// Wraps a frame.
    pub(super) fn new(frame: Frame) -> Self {
        Self(frame)
    }
}

impl ModelPlotsValue {
    /// Wraps a model.
    pub(super) fn new(model: Arc<FittedModel>) -> Self {
        Self(model)
    }
}

impl fmt::Display for PlotValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plot.{}({:?})", self.0.kind.name(), self.0.title)
    }
}

impl fmt::Display for FramePlotsValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plot: call .hist, .bar, .line, .scatter or .box")
    }
}

impl fmt::Display for ModelPlotsValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plot: call .roc, .confusion, .calibration or .coefficients")
    }
}

static PLOT: MethodsStatic = MethodsStatic::new("plot", plot_methods);
static FRAME_PLOTS: MethodsStatic = MethodsStatic::new("frame_plots", frame_methods);
static MODEL_PLOTS: MethodsStatic = MethodsStatic::new("model_plots", model_methods);

#[starlark_value(type = "plot")]
impl<'v> StarlarkValue<'v> for PlotValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(PLOT.methods())
    }
}

#[starlark_value(type = "frame_plots")]
impl<'v> StarlarkValue<'v> for FramePlotsValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(FRAME_PLOTS.methods())
    }
}

#[starlark_value(type = "model_plots")]
impl<'v> StarlarkValue<'v> for ModelPlotsValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(MODEL_PLOTS.methods())
    }
}

/// Pictures.
pub(super) struct Plots;

impl Family for Plots {
    fn register(&self, _globals: &mut GlobalsBuilder) {}

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        let plot = value.downcast_ref::<PlotValue>()?;
        Some(Ok(Output::Plot(Arc::clone(&plot.0))))
    }

    fn frames(&self, value: Value<'_>, frames: &mut Vec<Frame>) {
        frames.extend(
            value
                .downcast_ref::<FramePlotsValue>()
                .map(|plots| plots.0.clone()),
        );
    }

    fn types(&self) -> Vec<DocType> {
        [&PLOT, &FRAME_PLOTS, &MODEL_PLOTS]
            .map(|methods| methods.methods().documentation(Ty::any()))
            .into()
    }
}

/// What every picture takes by name: a title of one's own, and a file.
struct Wishes<'a> {
    title: NoneOr<&'a str>,
    save: NoneOr<&'a str>,
    mode: &'a str,
}

impl Wishes<'_> {
    /// Makes a picture, unless what is wished cannot be; writes it to its file, if it is to have one.
    fn grant(
        &self,
        context: &CellContext,
        make: impl FnOnce() -> anyhow::Result<Plot>,
    ) -> anyhow::Result<PlotValue> {
        // Before any work, which may be long.
        Mode::parse(self.mode).or_fail()?;
        let save = self.save.into_option();
        save.map(Picture::of).transpose().or_fail()?;
        let mut plot = make()?;
        if let Some(title) = self.title.into_option() {
            title.clone_into(&mut plot.title);
        }
        let plot = Arc::new(plot);
        if let Some(path) = save {
            write(&plot, path, self.mode, context)?;
        }
        Ok(PlotValue(plot))
    }
}

/// Writes a picture to a file, which appears whole or not at all.
fn write(plot: &Arc<Plot>, path: &str, mode: &str, context: &CellContext) -> anyhow::Result<()> {
    let mode = Mode::parse(mode).or_fail()?;
    let picture = Picture::of(path).or_fail()?;
    let location = context.mounts().resolve(path).or_fail()?;
    let plot = Arc::clone(plot);
    context
        .interrupt()
        .run(move || {
            let bytes = picture.draw(&plot)?;
            bytes_to(picture.name(), &bytes, &location, mode).map_err(Error::from)
        })
        .or_fail()?
        .or_fail()
}

/// Draws the rows of a frame on a thread of its own; of a scan, only these columns are read.
fn of_frame(
    frame: &Frame,
    columns: &[&str],
    context: &CellContext,
    make: impl FnOnce(&DataFrame) -> Result<Plot, PlotError> + Send + 'static,
) -> anyhow::Result<Plot> {
    let there = frame.columns().or_fail()?;
    let known = columns
        .iter()
        .all(|name| there.iter().any(|column| column == name));
    let interrupt = context.interrupt();
    let table = if frame.is_scan() && known {
        let mut kept: Vec<&str> = columns.to_vec();
        kept.sort_unstable();
        kept.dedup();
        let kept: Vec<Expression> = kept.into_iter().map(Expression::col).collect();
        frame.select(&kept).or_fail()?.collect(interrupt).or_fail()?
    } else if known {
        frame.collect(interrupt).or_fail()?
    } else {
        // The picture says which column is missing, and needs no rows for that.
        frame.limit(0).or_fail()?.collect(interrupt).or_fail()?
    };
    interrupt.run(move || make(&table)).or_fail()?.or_fail()
}

/// Draws what a model makes of the rows of a frame, on a thread of its own.
fn of_model(
    model: &Arc<FittedModel>,
    frame: &FrameValue,
    context: &CellContext,
    make: impl FnOnce(&FittedModel, &DataFrame) -> Result<(Plot, Vec<Warning>), ModelError> + Send + 'static,
) -> anyhow::Result<Plot> {
    let interrupt = context.interrupt();
    let table = frame.frame().collect(interrupt).or_fail()?;
    let model = Arc::clone(model);
    let (plot, warnings) = interrupt.run(move || make(&model, &table)).or_fail()?.or_fail()?;
    for warning in warnings {
        context.warn(warning.to_string());
    }
    Ok(plot)
}

#[starlark_module]
fn plot_methods(methods: &mut MethodsBuilder) {
    /// Which picture it is: the name of the method that made it.
    #[starlark(attribute)]
    fn kind(this: &PlotValue) -> anyhow::Result<&'static str> {
        Ok(this.0.kind.name())
    }

    /// What stands above it.
    #[starlark(attribute)]
    fn title(this: &PlotValue) -> anyhow::Result<String> {
        Ok(this.0.title.clone())
    }

    /// Saves the picture as SVG or PNG, as the ending of the file's name says.
    ///
    /// The file appears whole or not at all. `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// ages = read_csv("/mnt/data/titanic.csv").plot.hist("Age")
    /// ages.save("/mnt/out/ages.png", mode="overwrite")
    /// ```
    fn save<'v>(
        this: &PlotValue,
        path: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        write(&this.0, path, mode, context(eval)?)?;
        Ok(NoneType)
    }
}

#[starlark_module]
fn frame_methods(methods: &mut MethodsBuilder) {
    /// Draws how many rows have a number in each of `bins` intervals, for each value of `by`.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// read_csv("/mnt/data/titanic.csv").plot.hist("Age", bins=20, by="Sex")
    /// ```
    fn hist<'v>(
        this: &FramePlotsValue,
        column: &str,
        #[starlark(require = named, default = 20)] bins: i64,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(column).chain(by.into_option()).collect();
            let (column, by) = (column.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::histogram(table, &column, bins, by.as_deref())
            })
        })
    }

    /// Draws a bar for each value of `x`: its number of rows, or the mean of `y`, for each value of `by`.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// read_csv("/mnt/data/titanic.csv").plot.bar("Pclass", "Survived", by="Sex")
    /// ```
    fn bar<'v>(
        this: &FramePlotsValue,
        x: &str,
        #[starlark(default = NoneOr::None)] y: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = [Some(x), y.into_option(), by.into_option()]
                .into_iter()
                .flatten()
                .collect();
            let owned = |name: NoneOr<&str>| name.into_option().map(str::to_owned);
            let (x, y, by) = (x.to_owned(), owned(y), owned(by));
            of_frame(&this.0, &columns, context, move |table| {
                plot::bars(table, &x, y.as_deref(), by.as_deref())
            })
        })
    }

    /// Draws a line through `y` in the order of `x`: for each of several columns, or for each value of `by`.
    ///
    /// Where several rows share an x, the line goes through their mean.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// read_csv("/mnt/data/titanic.csv").plot.line("Pclass", "Fare", by="Sex")
    /// ```
    fn line<'v>(
        this: &FramePlotsValue,
        x: &str,
        y: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        let ys = y.into_vec();
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(x)
                .chain(ys.iter().map(String::as_str))
                .chain(by.into_option())
                .collect();
            let (x, ys, by) = (x.to_owned(), ys.clone(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::lines(table, &x, &ys, by.as_deref())
            })
        })
    }

    /// Draws a point for each row, in a colour for each value of `by`.
    ///
    /// Of more than 20,000 points that many are drawn, taken at equal distances.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// read_csv("/mnt/data/titanic.csv").plot.scatter("Age", "Fare", by="Survived")
    /// ```
    fn scatter<'v>(
        this: &FramePlotsValue,
        x: &str,
        y: &str,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = [x, y].into_iter().chain(by.into_option()).collect();
            let (x, y, by) = (x.to_owned(), y.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::scatter(table, &x, &y, by.as_deref())
            })
        })
    }

    /// Draws quartiles, whiskers and outliers of a column, in a box for each value of `by`.
    ///
    /// Whiskers reach to the last values within one and a half box lengths.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// read_csv("/mnt/data/titanic.csv").plot.box("Age", by="Pclass")
    /// ```
    fn r#box<'v>(
        this: &FramePlotsValue,
        column: &str,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(column).chain(by.into_option()).collect();
            let (column, by) = (column.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::boxes(table, &column, by.as_deref())
            })
        })
    }
}

#[starlark_module]
fn model_methods(methods: &mut MethodsBuilder) {
    /// Draws true against false positives on `frame`; with more than two classes, each against the rest.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.roc(test)
    /// ```
    fn roc<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || of_model(&this.0, frame, context, FittedModel::roc))
    }

    /// Draws the rows of `frame` by actual and predicted class.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.confusion(test)
    /// ```
    fn confusion<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            of_model(&this.0, frame, context, FittedModel::confusion)
        })
    }

    /// Draws how often a class was the case on `frame` against how probable the model said it was.
    ///
    /// The rows are in `bins` intervals of probability; a good model stays close to the diagonal.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.calibration(test, bins=5)
    /// ```
    fn calibration<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = 10)] bins: i64,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        let count = usize::try_from(bins)
            .ok()
            .filter(|_| (2..=MOST_CALIBRATION_BINS).contains(&bins))
            .ok_or_else(|| FrameError::Argument {
                verb: "plot.calibration",
                argument: "bins",
                expected: format!("from 2 to {MOST_CALIBRATION_BINS}"),
                found: bins.to_string(),
            })
            .or_fail()?;
        Wishes { title, save, mode }.grant(context, || {
            of_model(&this.0, frame, context, move |model, table| {
                model.calibration(table, count)
            })
        })
    }

    /// Draws the coefficient of each term; of more than 25, the largest by size.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Examples:
    /// ```
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Pclass", "SibSp", "Parch"])
    /// model.plot.coefficients()
    /// ```
    fn coefficients<'v>(
        this: &ModelPlotsValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        Wishes { title, save, mode }.grant(context(eval)?, || Ok(this.0.coefficient_plot()))
    }
}
