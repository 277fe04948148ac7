#![allow(
    clippy::single_range_in_vec_init,
    reason = "what was fetched is a list of ranges"
)]

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use super::*;

/// A file that is far away, and what was fetched of it.
struct Far {
    bytes: Vec<u8>,
    version: FileVersion,
    fetched: RefCell<Vec<Range<u64>>>,
    fails: Cell<bool>,
}

impl Far {
    fn new(size: usize, tag: &str) -> Self {
        let seed = tag.len();
        Self {
            bytes: (0..size).map(|at| (at * 31 + at / 251 + seed) as u8).collect(),
            version: FileVersion {
                size: size as u64,
                modified: None,
                tag: Tag::Opaque(tag.to_owned()),
            },
            fetched: RefCell::default(),
            fails: Cell::new(false),
        }
    }

    /// Reads through the cache, compares, and returns what was fetched for it, when that is kept.
    fn read(&self, blocks: &Blocks, range: Range<u64>) -> Vec<Range<u64>> {
        let fetched = self.read_on(blocks, range);
        blocks.flush();
        fetched
    }

    /// Does the same, and does not wait until it is kept.
    fn read_on(&self, blocks: &Blocks, range: Range<u64>) -> Vec<Range<u64>> {
        let fetch = |range: Range<u64>| {
            if self.fails.get() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.fetched.borrow_mut().push(range.clone());
            Ok(Bytes::copy_from_slice(
                &self.bytes[range.start as usize..range.end as usize],
            ))
        };
        let found = blocks
            .read("az://store/file", &self.version, range.clone(), &fetch)
            .unwrap();
        let end = range.end.min(self.version.size);
        assert!(
            found == self.bytes[range.start.min(end) as usize..end as usize],
            "{range:?}"
        );
        self.fetched.take()
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for folder in fs::read_dir(folder).into_iter().flatten().flatten() {
        all.extend(
            fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    }
    all.sort();
    all
}

const MANY: u64 = 1 << 30;

#[test]
fn what_was_read_is_not_fetched_again_and_neighbours_are_fetched_together() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = Blocks::new(folder.path().join("blocks"), MANY);
    let far = Far::new(1_000_000, "a");
    assert_eq!(far.read(&blocks, 300_000..300_010), [BLOCK..2 * BLOCK]);
    assert_eq!(far.read(&blocks, 300_000..500_000), []);
    assert_eq!(far.read(&blocks, 0..u64::MAX), [0..BLOCK, 2 * BLOCK..1_000_000]);
    assert_eq!(far.read(&blocks, 7..999_999), []);
    // Another process finds the same.
    let blocks = Blocks::new(folder.path().join("blocks"), MANY);
    far.fails.set(true);
    assert_eq!(far.read(&blocks, 0..u64::MAX), []);
    assert_eq!(far.read(&blocks, 1_000_000..1_000_001), []);
}

#[test]
fn other_contents_have_blocks_of_their_own_and_uncertain_ones_none() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = Blocks::new(folder.path().to_owned(), MANY);
    assert_eq!(Far::new(10, "a").read(&blocks, 0..10), [0..10]);
    assert_eq!(Far::new(10, "other").read(&blocks, 0..10), [0..10]);
    for _ in 0..2 {
        assert_eq!(Far::new(10, "W/weak").read(&blocks, 2..4), [2..4]);
    }
    let mut far = Far::new(10, "");
    far.version.tag = Tag::None;
    for _ in 0..2 {
        assert_eq!(far.read(&blocks, 2..4), [2..4]);
    }
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn a_damaged_block_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = Blocks::new(folder.path().to_owned(), MANY);
    let far = Far::new(1000, "a");
    far.read(&blocks, 0..1000);
    let [path] = files(folder.path()).try_into().unwrap();
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[500] ^= 1;
    for damaged in [
        &whole[..999],
        &[],
        &flipped,
        &[&whole[..], b"x"].concat(),
        &vec![0; 1004],
    ] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(far.read(&blocks, 10..20), [0..1000]);
        assert_eq!(far.read(&blocks, 10..20), []);
    }
}

#[test]
fn what_is_read_from_end_to_end_is_kept_in_few_files() {
    let folder = tempfile::tempdir().unwrap();
    let far = Far::new(40 * BLOCK as usize, "a");
    let across = 30 * BLOCK + 7..34 * BLOCK + 7;
    let blocks = Blocks::new(folder.path().to_owned(), MANY);
    assert_eq!(far.read_on(&blocks, 0..u64::MAX), [0..40 * BLOCK]);
    // Whether it is written already, or not yet.
    assert_eq!(far.read_on(&blocks, across.clone()), []);
    // Dropped, it waits.
    drop(blocks);
    let paths = files(folder.path());
    assert_eq!(paths.len(), 2);
    let blocks = Blocks::new(folder.path().to_owned(), MANY);
    assert_eq!(far.read(&blocks, across), []);
    let mut damaged = fs::read(&paths[0]).unwrap();
    damaged[3 * BLOCK as usize + 5] ^= 1;
    fs::write(&paths[0], damaged).unwrap();
    assert_eq!(far.read(&blocks, 5 * BLOCK..5 * BLOCK + 9), []);
    assert_eq!(
        far.read(&blocks, 3 * BLOCK..3 * BLOCK + 9),
        [3 * BLOCK..4 * BLOCK]
    );
    // Its neighbours were in the same file.
    let rest = [0..3 * BLOCK, 4 * BLOCK..32 * BLOCK];
    assert_eq!(far.read(&blocks, 0..u64::MAX), rest);
    assert_eq!(far.read(&blocks, 0..u64::MAX), []);
}

#[test]
fn what_was_not_used_for_longest_is_removed_first() {
    let folder = tempfile::tempdir().unwrap();
    let bound = 16 * BLOCK;
    let blocks = Blocks::new(folder.path().to_owned(), bound);
    let [old, used] = [
        Far::new(4 * BLOCK as usize, "a"),
        Far::new(4 * BLOCK as usize, "bb"),
    ];
    old.read(&blocks, 0..u64::MAX);
    used.read(&blocks, 0..u64::MAX);
    let before = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    for path in files(folder.path()) {
        fs::File::open(path).unwrap().set_modified(before).unwrap();
    }
    used.read(&blocks, 0..u64::MAX);
    let new = Far::new(8 * BLOCK as usize, "ccc");
    new.read(&blocks, 0..u64::MAX);
    let kept: u64 = files(folder.path())
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum();
    assert!(kept <= bound + BLOCK, "{kept}");
    assert!(used.read(&blocks, 0..u64::MAX).is_empty());
    assert!(!old.read(&blocks, 0..u64::MAX).is_empty());
}

#[cfg(unix)]
#[test]
fn blocks_are_private_and_where_none_can_be_kept_reading_continues() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let blocks = Blocks::new(folder.path().join(".sheaf/cache/blocks"), MANY);
    let far = Far::new(1000, "a");
    far.read(&blocks, 0..1000);
    let [path] = files(&folder.path().join(".sheaf/cache/blocks"))
        .try_into()
        .unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    assert!(folder.path().join(".sheaf/.gitignore").exists());
    // A file is in the way of the folder.
    fs::write(folder.path().join("file"), "").unwrap();
    let blocks = Blocks::new(folder.path().join("file"), MANY);
    for _ in 0..2 {
        assert_eq!(far.read(&blocks, 0..1000), [0..1000]);
    }
}

#[test]
fn many_threads_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [
        Blocks::new(folder.path().to_owned(), 4 * BLOCK),
        Blocks::new(folder.path().to_owned(), 4 * BLOCK),
    ];
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let blocks = &blocks[thread as usize % 2];
            scope.spawn(move || {
                let far = Far::new(2_000_000, "a");
                for step in 0..40 {
                    let start = (thread * 77_777 + step * 123_457) % 2_000_000;
                    far.read_on(blocks, start..start + 400_000);
                }
            });
        }
    });
}

#[test]
fn at_the_end_of_the_process_what_was_read_is_kept_though_someone_holds_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let far = Far::new(3 * BLOCK as usize, "a");
    let open = || Arc::new(Blocks::new(folder.path().join("blocks"), 1 << 30));
    let blocks = open();
    // As a request that nobody waits for any more.
    let _held = Arc::clone(&blocks);
    far.read_on(&blocks, 0..3 * BLOCK);
    keep_what_was_read();
    assert_eq!(far.read_on(&open(), 0..3 * BLOCK), []);
}
