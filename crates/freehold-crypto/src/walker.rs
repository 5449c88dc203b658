//! Leaves in order.

use core::borrow::Borrow;
use core::fmt;

use crate::cover::Cover;
use crate::node::Path;
use crate::tree::Leaf;

/// Derives leaves of a cover, keeping the path to the last one: about two compressions and the
/// leaf's own for leaves in order.
///
/// It borrows or owns the cover, so no path outlives a puncture. The path is wiped on drop.
pub struct Walker<C: Borrow<Cover>> {
    path: Path,
    cover: C,
}

impl<C: Borrow<Cover>> Walker<C> {
    /// Starts at no leaf.
    pub fn new(cover: C) -> Self {
        Self {
            path: Path::new(),
            cover,
        }
    }

    /// The key of the leaf at `index`, or `None` when the cover does not open it.
    pub fn leaf(&mut self, index: u32) -> Option<Leaf> {
        let cover = self.cover.borrow();
        if index >= cover.width() {
            return None;
        }
        let position = cover.width() + index;
        if !self.path.rewind(position) {
            let node = cover.find(position)?;
            self.path.start(node);
        }
        Some(self.path.descend(position))
    }

    /// The cover.
    pub fn cover(&self) -> &Cover {
        self.cover.borrow()
    }

    /// Gives the cover back and wipes the path.
    pub fn into_inner(self) -> C {
        self.cover
    }
}

impl<C: Borrow<Cover>> fmt::Debug for Walker<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walker")
            .field("cover", self.cover.borrow())
            .finish_non_exhaustive()
    }
}
