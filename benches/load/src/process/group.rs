//! What a process group used, as `/proc` tells.

use std::{fs, sync::LazyLock};

/// What a group used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// How many processes it has.
    pub processes: usize,
    /// Processor time of users' and the kernel's code, ended children included, in microseconds.
    pub cpu_micros: f64,
    /// Resident memory.
    pub resident_bytes: u64,
}

/// One line of `/proc/PID/stat`, as far as it counts.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    group: u32,
    ticks: u64,
    pages: u64,
    ended: bool,
}

/// Ticks in a second and bytes in a page.
static UNITS: LazyLock<(f64, u64)> = LazyLock::new(|| {
    let ask = |name: &str, default: u64| {
        let output = std::process::Command::new("getconf").arg(name).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    (ask("CLK_TCK", 100) as f64, ask("PAGESIZE", 4_096))
});

/// Sums up the processes of a group.
pub fn usage(group: u32) -> Usage {
    let (ticks_each_second, page) = *UNITS;
    let mut usage = Usage::default();
    let Ok(folders) = fs::read_dir("/proc") else { return usage };
    for folder in folders.flatten() {
        let Some(stat) = fs::read_to_string(folder.path().join("stat")).ok().and_then(|text| parse(&text)) else {
            continue;
        };
        if stat.group == group && !stat.ended {
            usage.processes += 1;
            usage.cpu_micros += stat.ticks as f64 * 1e6 / ticks_each_second;
            usage.resident_bytes += stat.pages * page;
        }
    }
    usage
}

fn parse(text: &str) -> Option<Stat> {
    // The name stands in parentheses and may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    // Counted from the state, the third field of proc(5): group 5, utime to cstime 14 to 17, rss 24.
    Some(Stat {
        group: number(2)?.try_into().ok()?,
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        pages: number(21)?,
        ended: fields.first().is_some_and(|state| *state == "Z"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Stat, parse};

    #[test]
    fn reads_a_line_whose_name_has_parentheses() {
        let line = "42 (a) b (c) S 1 40 40 0 -1 4194560 1 0 0 0 7 5 2 1 20 0 3 0 100 900000 321 184467 1 1 0";
        assert_eq!(parse(line), Some(Stat { group: 40, ticks: 15, pages: 321, ended: false }));
        assert_eq!(parse("nothing"), None);
    }
}
