"""How the page of the report looks: light and dark, on a phone and on a desk."""

from __future__ import annotations

STYLE = """
:root { --ground: #fff; --ink: #1c2024; --faint: #60646c; --line: #d9dce1; --plain: #7a8290;
  --step-0: #b2182b; --step-25: #ef8a62; --step-50: #f2c94c; --step-75: #8fc1de;
  --step-100: #3b7fb6; --tie: #60646c; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --ink: #eceef0; --faint: #a0a6ae; --line: #383c42;
    --step-0: #e5484d; --step-100: #2f6ea3; --tie: #b5bac2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
p { margin: .5rem 0; max-width: 45rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; vertical-align: baseline;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 32rem; }
th { color: var(--faint); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend span { margin-right: .9rem; white-space: nowrap; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
.bar { display: flex; height: .8rem; width: clamp(7rem, 24vw, 20rem); }
i.step-0 { background: var(--step-0); } i.step-25 { background: var(--step-25); }
i.step-50 { background: var(--step-50); } i.step-75 { background: var(--step-75); }
i.step-100 { background: var(--step-100); } i.plain { background: var(--plain); }
.rings { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
figure { margin: 0; }
figcaption { font-size: .9rem; }
svg { width: 100%; height: auto; display: block; margin: .5rem 0; }
svg text { fill: var(--ink); font-size: 15px; }
line { stroke: var(--tie); }
line.lockstep { stroke-dasharray: 5 4; }
circle { stroke: var(--ground); stroke-width: 1.5; }
circle.step-0 { fill: var(--step-0); } circle.step-25 { fill: var(--step-25); }
@media (max-width: 40rem) {
  th, td { padding-right: .5rem; max-width: 14rem; }
  .bar { width: 3.5rem; } }
summary { cursor: pointer; padding: .4rem 0; }
"""
