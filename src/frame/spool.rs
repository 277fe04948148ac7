//! [`Spool`]: rows that come from somewhere once, kept in a file without a name so that they can be scanned as often as
//! needed.
//!
//! Polars' streaming engine takes no rows from what gives them batch by batch. A result that may be larger than memory goes
//! through a file of batches in Arrow's IPC format, compressed, that has no name where the system can do that: it takes no more
//! room than the rows, and whatever ends the process removes it. Batches are read back one by one; a file that polars maps would
//! come to be in memory as a whole.

use std::any::Any;
use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use either::Either;
use polars::io::ipc::{IpcReader, IpcWriter};
use polars::lazy::dsl::UnifiedScanArgs;
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, AnonymousScanOptions, Column, DataFrame, DslPlan, HiveOptions,
    IpcCompression, LazyFrame, PlSmallStr, PolarsError, PolarsResult, ScanSources, SchemaRef, SerReader as _,
    SerWriter as _,
};

use polars_plan::dsl::FileScanDsl;
use polars_plan::plans::FileInfo;

use super::digest::TableDigest;
use super::error::FrameError;
use super::frame::Frame;
use super::read::{Parts, ReadError, Scan, Scanned, Wanted, parts_plan};
use crate::digest::{Digest, Digester};
use crate::file::AtomicFile;
use crate::work::Progress;

/// Rows on their way into a file without a name.
pub struct Spool {
    file: AtomicFile,
    writer: Option<File>,
    schema: SchemaRef,
    /// Where each batch is.
    batches: Vec<Range<u64>>,
    /// One batch as bytes.
    buffer: Vec<u8>,
    rows: u64,
    digester: Digester,
}

/// What was spooled: the rows as a scan, how many they are, and their digest, batch by batch.
pub struct Spooled {
    /// The rows.
    pub frame: Frame,
    /// How many.
    pub rows: u64,
    /// What tells these rows, in these batches, from others.
    pub digest: Digest,
}

impl Spool {
    /// Creates the file in `folder`, which is there.
    ///
    /// # Errors
    ///
    /// No file can be created there.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: AtomicFile::create(&folder.join("rows"), true)?,
            writer: None,
            schema: SchemaRef::default(),
            batches: Vec::new(),
            buffer: Vec::new(),
            rows: 0,
            digester: Digester::new("spool"),
        })
    }

    /// Adds rows; all batches have the same columns.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub fn add(&mut self, batch: &DataFrame) -> Result<(), FrameError> {
        let mut keep = || -> PolarsResult<()> {
            let writer = if let Some(writer) = &mut self.writer {
                writer
            } else {
                let file = OpenOptions::new().read(true).write(true).open(self.file.path())?;
                self.schema = batch.schema().clone();
                self.writer.insert(file)
            };
            self.buffer.clear();
            // One text in memory for each column, whatever it came in.
            let mut batch = batch.clone();
            batch.rechunk_mut();
            IpcWriter::new(&mut self.buffer)
                .with_compression(Some(IpcCompression::LZ4))
                .finish(&mut batch)?;
            writer.write_all(&self.buffer)?;
            let start = self.batches.last().map_or(0, |batch| batch.end);
            self.batches.push(start..start + self.buffer.len() as u64);
            Ok(())
        };
        keep().map_err(|error| failed(&error))?;
        self.rows += batch.height() as u64;
        self.digester.digest("batch", &TableDigest::of(batch).id.digest);
        Ok(())
    }

    /// Ends the file, and returns its rows as a scan.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn finish(self) -> Result<Spooled, FrameError> {
        let file = match self.writer {
            Some(file) => file,
            None => File::open(self.file.path()).map_err(|error| failed(&error.into()))?,
        };
        let kept = Arc::new(KeptBatches {
            file: Mutex::new(file),
            batches: self.batches,
            schema: self.schema,
            _name: self.file,
        });
        let (plan, sources) = whole(&kept);
        let scan = Scan {
            plan,
            checks: vec![Arc::new(SpoolFile { sources, kept })],
        };
        Ok(Spooled {
            frame: Frame::checked_scan(scan, Vec::new()),
            rows: self.rows,
            digest: self.digester.finish(),
        })
    }
}

/// The file, which is there as long as something may read it.
struct KeptBatches {
    file: Mutex<File>,
    batches: Vec<Range<u64>>,
    schema: SchemaRef,
    _name: AtomicFile,
}

impl KeptBatches {
    /// Reads columns of a batch, or all.
    fn batch(&self, number: usize, columns: Option<&[PlSmallStr]>) -> PolarsResult<DataFrame> {
        let Some(range) = self.batches.get(number) else {
            return Ok(DataFrame::empty_with_schema(&self.schema));
        };
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(&mut bytes)?;
        }
        let columns = columns.map(|names| names.iter().map(ToString::to_string).collect());
        IpcReader::new(Cursor::new(bytes)).with_columns(columns).finish()
    }
}

/// Returns a plan of all rows, which stands for the batches until it runs.
fn whole(kept: &Arc<KeptBatches>) -> (LazyFrame, ScanSources) {
    let sources = ScanSources::Buffers([Vec::new().into()].into_iter().collect());
    let schema = Arc::clone(&kept.schema);
    let plan = DslPlan::Scan {
        sources: sources.clone(),
        unified_scan_args: Box::new(UnifiedScanArgs {
            schema: Some(Arc::clone(&schema)),
            glob: false,
            hive_options: HiveOptions::new_disabled(),
            ..UnifiedScanArgs::default()
        }),
        scan_type: Box::new(FileScanDsl::Anonymous {
            options: Arc::new(AnonymousScanOptions {
                skip_rows: None,
                fmt_str: "rows of a query",
            }),
            function: Arc::new(Whole(Arc::clone(kept))),
            file_info: FileInfo::new(
                Arc::clone(&schema),
                Some(Either::Right(schema)),
                (None, usize::MAX),
            ),
        }),
        cached_ir: Arc::default(),
    };
    (LazyFrame::from(plan), sources)
}

/// All batches as one table.
struct Whole(Arc<KeptBatches>);

impl AnonymousScan for Whole {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let mut all: Option<DataFrame> = None;
        for number in 0..self.0.batches.len().max(1) {
            let batch = self.0.batch(number, asked.with_columns.as_deref())?;
            match &mut all {
                Some(all) => {
                    all.vstack_mut_owned(batch)?;
                }
                None => all = Some(batch),
            }
        }
        Ok(all.unwrap_or_default())
    }

    fn schema(&self, _rows: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(Arc::clone(&self.0.schema))
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

/// The batches, as far as a plan needs their columns.
struct Batched {
    kept: Arc<KeptBatches>,
    columns: Option<Vec<PlSmallStr>>,
}

impl Parts for Batched {
    fn count(&self) -> usize {
        self.kept.batches.len().max(1)
    }

    fn schema(&self) -> &SchemaRef {
        &self.kept.schema
    }

    fn part(&self, number: usize) -> PolarsResult<DataFrame> {
        let batch = self.kept.batch(number, self.columns.as_deref())?;
        let rows = batch.height();
        let columns = self.kept.schema.iter().map(|(name, dtype)| {
            batch
                .column(name)
                .map_or_else(|_| Column::full_null(name.clone(), rows, dtype), Clone::clone)
        });
        DataFrame::new(rows, columns.collect())
    }
}

/// The scan of a spool.
struct SpoolFile {
    sources: ScanSources,
    kept: Arc<KeptBatches>,
}

impl SpoolFile {
    fn batched(&self, columns: Option<Vec<PlSmallStr>>) -> Arc<Batched> {
        Arc::new(Batched {
            kept: Arc::clone(&self.kept),
            // Of no columns there would be no rows.
            columns: columns.filter(|columns| !columns.is_empty()),
        })
    }

    fn plan(&self, columns: Option<Vec<PlSmallStr>>) -> Result<Option<DslPlan>, ReadError> {
        let plan = parts_plan(self.batched(columns));
        plan.map(Some).map_err(|error| ReadError::Other {
            file: "the rows of a query".to_owned(),
            expected: "rows that were kept",
            detail: error.to_string(),
        })
    }
}

impl Scanned for SpoolFile {
    fn sources(&self) -> &ScanSources {
        &self.sources
    }

    fn prepare(&self, _rows: Option<usize>, _progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.plan(None)
    }

    fn prepare_meanwhile(&self, wanted: &Wanted, _progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.plan(wanted.columns.clone())
    }

    fn parts(&self, wanted: &Wanted, _progress: &Progress) -> Result<Option<Arc<dyn Parts>>, ReadError> {
        Ok(Some(self.batched(wanted.columns.clone())))
    }

    fn blame(&self) -> Option<ReadError> {
        None
    }

    // What stands for the batches gives the same rows.
    fn lost(&self) -> Option<ReadError> {
        None
    }
}

fn failed(error: &PolarsError) -> FrameError {
    FrameError::from_polars(error, "scan_query", &[])
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy as _, col, df, len, lit};

    use super::*;
    use crate::work::Interrupt;

    fn batch(number: i64) -> DataFrame {
        let numbers: Vec<i64> = (0..100).map(|row| number * 100 + row).collect();
        let texts: Vec<Option<String>> = numbers
            .iter()
            .map(|number| (number % 7 > 0).then(|| format!("text {number}")))
            .collect();
        df!("number" => numbers, "text" => texts).unwrap()
    }

    #[test]
    fn rows_are_scanned_in_their_order_as_often_as_needed() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path()).unwrap();
        let mut all = DataFrame::empty();
        for number in 0..9 {
            spool.add(&batch(number)).unwrap();
            all.vstack_mut_owned(batch(number)).unwrap();
        }
        let spooled = spool.finish().unwrap();
        assert_eq!(spooled.rows, 900);
        let collected = |frame: &Frame| frame.collect(&Interrupt::default()).unwrap();
        let scan = &spooled.frame;
        for _ in 0..2 {
            assert!(collected(scan).equals_missing(&all));
        }
        let some = |plan: LazyFrame| plan.filter(col("number").gt(lit(450))).select([col("text")]);
        let part = Frame::derived(some(scan.lazy()), &[scan], "select").unwrap();
        assert!(collected(&part).equals_missing(&some(all.clone().lazy()).collect().unwrap()));
        let counted = Frame::derived(scan.lazy().select([len()]), &[scan], "select").unwrap();
        assert_eq!(
            collected(&counted)
                .column("len")
                .unwrap()
                .get(0)
                .unwrap()
                .extract::<u64>(),
            Some(900)
        );
        assert!(collected(&scan.first_rows(150)).equals_missing(&all.head(Some(150))));
        let twice = scan.lazy().left_join(scan.lazy(), col("number"), col("number"));
        let twice = Frame::derived(twice, &[scan, scan], "join").unwrap();
        assert_eq!(collected(&twice).height(), 900);
        let batches = scan.batches(&Interrupt::default()).unwrap();
        assert_eq!(batches.map(|batch| batch.unwrap().height()).sum::<usize>(), 900);
    }

    #[test]
    fn a_result_without_rows_has_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path()).unwrap();
        spool.add(&batch(1).head(Some(0))).unwrap();
        let spooled = spool.finish().unwrap();
        assert_eq!(spooled.frame.columns().unwrap(), ["number", "text"]);
        assert_eq!(
            spooled.frame.collect(&Interrupt::default()).unwrap().shape(),
            (0, 2)
        );
    }
}
