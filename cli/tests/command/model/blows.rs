//! What befalls the store.

use std::fs;

use proptest::sample::Index;

use super::machine::Machine;
use super::steps::Blow;

impl Machine<'_> {
    /// Does it, as far as there is a store.
    pub(super) fn strike(&mut self, blow: &Blow) {
        self.state.is_troubled = true;
        let root = self.sandbox.store().join("jobstamps-v1");
        match blow {
            Blow::FlipBit(file, bit) => self.edit(*file, |bytes| {
                let bit = bit.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }),
            Blow::CutShort(file, length) => self.edit(*file, |bytes| bytes.truncate(length.index(bytes.len()))),
            Blow::LoseSideFiles => {
                for file in self.sandbox.files_of_the_store() {
                    if file.file_name().unwrap().to_str().unwrap().contains('-') {
                        // Unless the store is read-only.
                        let _ = fs::remove_file(file);
                    }
                }
                // The entries of directories are a convenience; large outputs are not.
                if self.says_much {
                    self.doubt();
                }
            }
            Blow::LoseFolder(which) => {
                let folders: Vec<_> = fs::read_dir(&root)
                    .into_iter()
                    .flatten()
                    .map(|entry| entry.unwrap().path())
                    .collect();
                if !folders.is_empty() {
                    let folder = which.get(&folders);
                    let _ = fs::remove_file(folder).or_else(|_| fs::remove_dir_all(folder));
                    self.state.knows_makers = false;
                    self.doubt();
                }
            }
            Blow::LoseAll => {
                self.permit(true);
                self.state.knows_makers = true;
                let _ = fs::remove_dir_all(self.sandbox.store());
                self.shadows.clear();
            }
            Blow::ReadOnly => {
                fs::create_dir_all(self.sandbox.store()).unwrap();
                self.permit(false);
            }
            Blow::Writable => self.permit(true),
        }
    }

    fn edit(&mut self, which: Index, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut files = self.sandbox.files_of_the_store();
        files.retain(|file| fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0));
        if files.is_empty() {
            return;
        }
        let file = which.get(&files);
        let mut bytes = fs::read(file).unwrap();
        edit(&mut bytes);
        // As a failing disk does it, past all permissions.
        if fs::write(file, bytes).is_ok() {
            self.doubt();
        }
    }

    fn doubt(&mut self) {
        for shadow in self.shadows.values_mut() {
            shadow.doubt();
        }
    }

    fn permit(&mut self, writable: bool) {
        self.state.is_read_only = !writable;
        if self.sandbox.store().exists() {
            let change = if writable { "u+w" } else { "a-w" };
            self.sandbox
                .arrange(&format!("chmod -R {change} {}", self.sandbox.store().display()));
        }
    }
}
