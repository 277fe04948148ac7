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
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::{BuiltinModule, OrFail, context};
use crate::cache::Packed;
use crate::error::Error;
use crate::frame::plot::Plot;
use crate::frame::write::{Mode, bytes_to};
use crate::frame::{Frame, TableId};
use crate::model::FittedModel;
use crate::output::Output;
use crate::render::plot::Picture;
use crate::session::CellContext;

mod of_frame;
mod of_model;

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
static FRAME_PLOTS: MethodsStatic = MethodsStatic::new("frame_plots", of_frame::methods);
static MODEL_PLOTS: MethodsStatic = MethodsStatic::new("model_plots", of_model::methods);

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

impl BuiltinModule for Plots {
    fn register(&self, _globals: &mut GlobalsBuilder) {}

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        let plot = value.downcast_ref::<PlotValue>()?;
        Some(Ok(Output::Plot(Arc::clone(&plot.0))))
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        let plot = value.downcast_ref::<PlotValue>()?;
        Some(Packed::Plot(Arc::clone(&plot.0)))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        _table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        match packed {
            Packed::Plot(plot) => Some(heap.alloc(PlotValue(Arc::clone(plot)))),
            _ => None,
        }
    }

    fn frames(&self, value: Value<'_>, frames: &mut Vec<Frame>) {
        frames.extend(
            value
                .downcast_ref::<FramePlotsValue>()
                .map(|plots| plots.0.clone()),
        );
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            PLOT.methods().documentation(Ty::starlark_value::<PlotValue>()),
            FRAME_PLOTS
                .methods()
                .documentation(Ty::starlark_value::<FramePlotsValue>()),
            MODEL_PLOTS
                .methods()
                .documentation(Ty::starlark_value::<ModelPlotsValue>()),
        ]
    }
}

/// What every picture takes by name: a title of one's own, and a file.
struct Wishes<'a> {
    title: NoneOr<&'a str>,
    save: NoneOr<&'a str>,
    mode: &'a str,
}

impl Wishes<'_> {
    /// Creates a picture, unless what is wished cannot be; writes it to its file, if it is to have one.
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
    let mode = mode.or_overwrite(context.has_written(&location));
    context.writes(&location);
    let plot = Arc::clone(plot);
    context
        .interrupt()
        .run(move || {
            let bytes = picture.draw(&plot)?;
            bytes_to(&bytes, &location, mode).map_err(Error::from)
        })
        .or_fail()?
        .or_fail()
}

#[starlark_module]
fn plot_methods(methods: &mut MethodsBuilder) {
    /// Which picture it is: the name of the method that made it.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.plot.hist("Age").kind
    /// ```
    #[starlark(attribute)]
    fn kind(this: &PlotValue) -> anyhow::Result<&'static str> {
        Ok(this.0.kind.name())
    }

    /// The title above it.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.plot.hist("Age", by="Sex").title
    /// ```
    #[starlark(attribute)]
    fn title(this: &PlotValue) -> anyhow::Result<String> {
        Ok(this.0.title.clone())
    }

    /// Saves the picture as SVG or PNG, as the ending of the file's name says.
    ///
    /// The file appears whole or not at all. `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: acts
    ///
    /// ```python
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
