//! What a display shows, pixel by pixel: the one thing about a paint that no program can claim.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Darker than this is ink: letters and marks of a light page, and neither its ground nor its lines.
const INK: u8 = 110;
/// Bytes of a pixel: blue, green, red and nothing.
const PIXEL: usize = 4;

/// A rectangle of the display.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// Where it begins, from the left.
    pub left: usize,
    /// Where it begins, from the top.
    pub top: usize,
    /// How wide it is.
    pub width: usize,
    /// How high it is.
    pub height: usize,
}

/// The picture of a display, out of the file in which Xvfb keeps it; every look shows what is there now.
pub struct Picture {
    file: File,
    first: usize,
    line: usize,
}

impl Picture {
    /// Opens the file: a header of big-endian words (X11's `XWDFile.h`), colours of three words each, lines of pixels.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = [0; 80];
        file.read_exact(&mut header)?;
        let word = |place: usize| {
            header[place * 4..][..4].iter().fold(0, |value, byte| value * 256 + usize::from(*byte))
        };
        let (size, line, colours) = (word(0), word(12), word(19));
        Ok(Self { file, first: size + colours * 12, line })
    }

    /// How many pixels of an area are ink.
    pub fn ink(&mut self, area: Area) -> io::Result<usize> {
        let mut row = vec![0; area.width * PIXEL];
        let mut ink = 0;
        for y in area.top..area.top + area.height {
            let start = self.first + y * self.line + area.left * PIXEL;
            self.file.seek(SeekFrom::Start(start as u64))?;
            self.file.read_exact(&mut row)?;
            ink += row.chunks(PIXEL).filter(|pixel| pixel[..3].iter().all(|colour| *colour < INK)).count();
        }
        Ok(ink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn ink_is_counted_in_its_area_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("screen");
        // A header of 100 bytes, one colour, and a display of three by two pixels.
        let mut words = [0_u32; 25];
        (words[0], words[12], words[19]) = (100, 12, 1);
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend([0; 12]);
        let (white, black, red) = ([255, 255, 255, 0], [0, 0, 0, 0], [0, 0, 255, 0]);
        bytes.extend([white, black, red, black, black, white].concat());
        fs::write(&path, bytes).expect("a file");
        let mut picture = Picture::open(&path).expect("a picture");
        let mut ink =
            |left, top, width, height| picture.ink(Area { left, top, width, height }).expect("pixels");
        assert_eq!((ink(0, 0, 3, 1), ink(0, 1, 3, 1), ink(1, 0, 1, 2), ink(2, 0, 1, 2)), (1, 2, 2, 0));
    }
}
