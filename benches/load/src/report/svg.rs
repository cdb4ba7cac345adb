//! Bars with whiskers as SVG: no fonts and no scripts from elsewhere, readable on light and on dark pages.

use std::fmt::Write;

use super::{
    chart::{Bar, Chart, Group, Kind},
    numbers::time,
};

const WIDTH: f64 = 880.0;
/// Where bars begin: names of peers stand before.
const LEFT: f64 = 200.0;
/// Where the longest bar may end: values stand behind.
const RIGHT: f64 = 720.0;
const HEAD: f64 = 64.0;
const GROUP: f64 = 30.0;
const BAR: f64 = 22.0;
const GAP: f64 = 14.0;
const FOOT: f64 = 52.0;

const STYLE: &str = "
text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.group { font-size: 12.5px; font-weight: 600 }
.quiet { fill: #59636e; font-size: 11px }
.value { font-variant-numeric: tabular-nums }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.ours { fill: #0f766e }
.peer { fill: #8c96a3 }
.limit { fill: #c9a94a }
.name-ours { font-weight: 700 }
.whisker { stroke: #1f2328; stroke-width: 1.3; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.grid { stroke: #3d444d }
.ours { fill: #2dd4bf }
.peer { fill: #6e7681 }
.limit { fill: #b8923a }
.whisker { stroke: #e6edf3 }
}
";

/// Powers of ten between which all bars lie.
struct Scale {
    low: i32,
    high: i32,
}

/// The picture.
pub(super) fn render(chart: &Chart) -> String {
    let scale = Scale::of(chart);
    let body: f64 = chart.groups.iter().map(height).sum();
    let total = HEAD + body + FOOT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {total}\" width=\"{WIDTH}\" height=\"{total}\" \
         role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n",
        escape(&chart.title)
    );
    text(&mut svg, "title", (16.0, 26.0), &chart.title);
    text(&mut svg, "quiet", (16.0, 45.0), &chart.caption);
    axis(&mut svg, &scale, HEAD + body);
    let mut top = HEAD;
    for group in &chart.groups {
        grid(&mut svg, &scale, top + GROUP - 2.0, top + height(group) - GAP + 2.0);
        draw(&mut svg, &scale, group, top);
        top += height(group);
    }
    text(&mut svg, "quiet", (16.0, total - 12.0), &chart.source);
    svg + "</svg>\n"
}

// === impl Scale ===

impl Scale {
    fn of(chart: &Chart) -> Self {
        let bars = || chart.groups.iter().flat_map(|group| &group.bars);
        let least = bars().map(|bar| bar.spread.min).filter(|min| *min > 0.0).fold(f64::INFINITY, f64::min);
        let most = bars().map(|bar| bar.spread.max).fold(1.0, f64::max);
        let low = if least.is_finite() { least.log10().floor() as i32 } else { 0 };
        Self { low, high: (most.log10().ceil() as i32).max(low + 1) }
    }

    /// Where a number of microseconds stands.
    fn place(&self, micros: f64) -> f64 {
        let low = f64::from(self.low);
        let share = (micros.max(f64::MIN_POSITIVE).log10() - low) / (f64::from(self.high) - low);
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }
}

fn height(group: &Group) -> f64 {
    GROUP + group.bars.len() as f64 * BAR + GAP
}

/// Lines behind the bars of one group, at powers of ten.
fn grid(svg: &mut String, scale: &Scale, top: f64, bottom: f64) {
    for power in scale.low..=scale.high {
        let x = scale.place(10_f64.powi(power));
        // Writing to a string cannot fail, here and below.
        writeln!(svg, r#"<line class="grid" x1="{x:.1}" y1="{top:.1}" x2="{x:.1}" y2="{bottom:.1}"/>"#).ok();
    }
}

/// What the lines stand for.
fn axis(svg: &mut String, scale: &Scale, bottom: f64) {
    for power in scale.low..=scale.high {
        let (micros, y) = (10_f64.powi(power), bottom + 8.0);
        let x = scale.place(micros);
        let label = time(micros).replace(".00", "").replace(".0", "");
        writeln!(svg, r#"<text class="quiet" x="{x:.1}" y="{y:.1}" text-anchor="middle">{label}</text>"#).ok();
    }
}

fn draw(svg: &mut String, scale: &Scale, group: &Group, top: f64) {
    text(svg, "group", (16.0, top + 20.0), &group.title);
    for (at, bar) in group.bars.iter().enumerate() {
        draw_bar(svg, scale, bar, top + GROUP + at as f64 * BAR);
    }
}

fn draw_bar(svg: &mut String, scale: &Scale, bar: &Bar, top: f64) {
    let middle = top + BAR / 2.0;
    let [median, min, max] = [bar.spread.median, bar.spread.min, bar.spread.max].map(|micros| scale.place(micros));
    let (class, name) = match bar.kind {
        Kind::Ours => ("ours", "name-ours"),
        Kind::Peer => ("peer", "name"),
        Kind::Limit => ("limit", "quiet"),
    };
    let label = escape(&bar.label);
    writeln!(
        svg,
        r#"<text class="{name}" x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
        LEFT - 10.0,
        middle + 4.0
    )
    .ok();
    let (width, height) = ((median - LEFT).max(1.5), BAR - 7.0);
    let y = top + 3.5;
    writeln!(svg, r#"<rect class="{class}" x="{LEFT}" y="{y:.1}" width="{width:.1}" height="{height}" rx="2"/>"#).ok();
    if max - min > 1.0 {
        let (above, below) = (middle - 4.0, middle + 4.0);
        writeln!(
            svg,
            r#"<path class="whisker" d="M{min:.1} {middle:.1}H{max:.1}M{min:.1} {above:.1}V{below:.1}M{max:.1} {above:.1}V{below:.1}"/>"#
        )
        .ok();
    }
    text(svg, "value", (max.max(median) + 8.0, middle + 4.0), &bar.value);
}

fn text(svg: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    writeln!(svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{}</text>"#, escape(text)).ok();
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
