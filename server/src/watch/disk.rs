//! Whether a disk tells of all its changes.

use std::path::Path;

/// Types of file systems, as `statfs` gives them, on which others make changes that this machine is not told of.
#[cfg(target_os = "linux")]
const SILENT: [u64; 12] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xfe53_4d42, // SMB 2 and later
    0xff53_4d42, // CIFS
    0x0102_1997, // 9P: folders of Windows under WSL, and of the host in some virtual machines
    0x6573_5546, // FUSE: sshfs and others
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x6b41_4653, // kAFS
    0x7375_7245, // Coda
    0x786f_4256, // folders that VirtualBox shares
    0xbacb_acbc, // folders that VMware shares
];

/// Whether the system tells of every change below a folder. Where that is not known, it does.
#[cfg(target_os = "linux")]
pub fn tells_changes(folder: &Path) -> bool {
    let there = folder.ancestors().find_map(|folder| rustix::fs::statfs(folder).ok());
    // The kernel's word is 32 bits wide, whatever its sign.
    there.is_none_or(|disk| !SILENT.contains(&((disk.f_type as u64) & 0xffff_ffff)))
}

/// Whether the system tells of every change below a folder: not known here.
#[cfg(not(target_os = "linux"))]
pub fn tells_changes(_folder: &Path) -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn local_disks_tell() {
        let folder = tempfile::tempdir().unwrap();
        assert!(tells_changes(folder.path()));
        assert!(tells_changes(&folder.path().join("not/there/yet")));
    }
}
