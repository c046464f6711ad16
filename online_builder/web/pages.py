"""The pages as HTML: what the desk knows, and a request as an animation of codes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from online_builder.desk import Progress
from online_builder.oversight.alarms import NOTHING, Overview
from online_builder.plan.ages import age
from online_builder.store.values import KnownAccount
from online_builder.web.codes import SCALE, Step
from signer.core.fingerprint import spoken

#: Scripts and styles come from this server alone, and nothing else is loaded.
POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; frame-ancestors 'none'"
)

STYLE: Final = """
:root { font: 16px/1.5 system-ui, sans-serif; color: #1d2630; background: #f6f4ef; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .6rem; }
tr + tr { border-top: 1px solid #d8d3c6; } th { font-weight: 600; color: #5b6673; }
.alarm { color: #a4161a; }
.words { font-weight: 600; letter-spacing: .02em; }
.mono { font-family: ui-monospace, monospace; word-break: break-all; }
#code { display: block; image-rendering: pixelated; background: #fff; margin: 1rem 0; }
button { font: inherit; padding: .3rem .8rem; }
"""

SCRIPT: Final = """
const code = document.getElementById('code');
if (code) {
  const steps = code.dataset.steps.split(' ').map(step => step.split(':'));
  let at = Number(code.dataset.first), index = 0, pause = 0, frames = [];
  const stand = place => {
    at = Math.max(0, Math.min(steps.length - 1, place)); frames = [];
    const [name, pictures, fps, label] = steps[at];
    for (let n = 0; n < Number(pictures); n++) {
      frames.push(new Image()); frames[n].src = code.dataset.base + name + '/' + n;
    }
    pause = 1000 / Number(fps);
    document.getElementById('step').textContent = label.replaceAll('_', ' ') + ', ' + pictures + ' pictures';
  };
  // a module is a whole number of the screen's pixels, or modules would be of different widths
  code.onload = () => {
    const unit = Number(code.dataset.scale) * window.devicePixelRatio;
    const wide = .94 * window.innerWidth / code.naturalWidth, high = .85 * window.innerHeight / code.naturalHeight;
    const width = Math.max(1, Math.floor(Math.min(wide, high) * unit)) * code.naturalWidth / unit;
    code.style.width = width + 'px';
    code.style.marginLeft = 'calc(50% - ' + width / 2 + 'px)';
  };
  const show = () => {
    const next = frames[index % frames.length];
    if (next.complete) { code.src = next.src; index++; }
    setTimeout(show, pause);
  };
  const verbs = {
    faster: () => { pause = Math.max(50, pause / 1.5); }, slower: () => { pause = Math.min(2000, pause * 1.5); },
    denser: () => stand(at + 1), sparser: () => stand(at - 1),
  };
  for (const verb in verbs) document.getElementById(verb).onclick = verbs[verb];
  const keys = {'+': 'denser', '-': 'sparser', ArrowRight: 'faster', ArrowLeft: 'slower'};
  document.onkeydown = event => { if (event.key in keys) verbs[keys[event.key]](); };
  stand(at);
  show();
}
"""


def overview(
    accounts: Sequence[KnownAccount], requests: Sequence[Progress], seen: Overview = NOTHING, now: int = 0
) -> str:
    """Every open alarm, every account and every request."""
    rows = "".join(
        f"<tr><td>{escape(a.name)}</td><td class=mono>{escape(a.chain)}</td><td>{escape(a.backend)}</td></tr>"
        for a in accounts
    )
    body = _alarms(seen, now)
    body += f"<h2>Accounts</h2><table><tr><th>Name<th>Chain<th>Source</tr>{rows}</table><h2>Requests</h2>"
    return _page("Kinko builder", body + "".join(_summary(p) for p in requests))


def request_page(progress: Progress, steps: Sequence[Step], first: int) -> str:
    """One request: its words, who has signed, and its codes, alone or in grids, one picture after the other."""
    request = progress.request
    known = " ".join(f"{s.place}:{s.pictures}:{s.fps}:{s.name.replace(' ', '_')}" for s in steps)
    animation = (
        f"<img id=code alt='QR code' data-steps='{known}' data-first={first} data-scale={SCALE} "
        f"data-base='/request/{request.id}/frame/' src='/request/{request.id}/frame/{steps[first].place}/0'>"
        "<p><button id=sparser>fewer, larger modules (-)</button> <button id=denser>more at once (+)</button> "
        "<button id=slower>slower (←)</button> <button id=faster>faster (→)</button> <span id=step></span></p>"
    )
    return _page("Show this to the appliance", _summary(progress) + animation + "<p><a href='/'>Back</a></p>")


def _alarms(seen: Overview, now: int) -> str:
    """What somebody has to look into; nothing at all where there is nothing."""
    rows = "".join(
        f"<tr><th>{escape(alarm.kind.value)}<td>{escape(alarm.account)} {escape(alarm.detail)}"
        f"<div class=mono>{escape(alarm.subject)}</div><td>{age(now - alarm.at)} ago</tr>"
        for alarm in seen.open
    )
    told = f"<h2 class=alarm>Alarms: {len(seen.open)}</h2><table class=alarm>{rows}</table>" if rows else ""
    blind = "".join(
        f"<p class=alarm>{escape(name)} is not watched: {escape(why)}</p>" for name, why in seen.blind
    )
    unproven = "".join(
        f"<p>{escape(journal)}: its key is not registered, its checkpoints are not verified</p>"
        for journal in seen.unverified
    )
    return told + blind + unproven


def _summary(progress: Progress) -> str:
    request = progress.request
    signed = ", ".join(c.origin.fingerprint.hex() for c in progress.signed) or "nobody yet"
    depth = "" if progress.confirmations is None else f", {progress.confirmations} confirmations"
    trouble = f"<tr><th>Source<td>{escape(str(progress.trouble))}</tr>" if progress.trouble else ""
    return (
        f"<table><tr><th>Request<td><a href='/request/{request.id}'>{request.id[:8]}</a> {escape(request.purpose)}</tr>"
        f"<tr><th>State<td>{request.state.value}{depth}</tr>"
        f"<tr><th>Signed<td>{len(progress.signed)} of {progress.threshold}: {signed}</tr>"
        f"<tr><th>Words<td class=words>{' '.join(spoken(request.digest))}</tr>"
        f"<tr><th>Transaction<td class=mono>{request.txid}</tr>{trouble}</table>"
    )


def _page(title: str, body: str) -> str:
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<link rel=stylesheet href=/style.css><h1>{escape(title)}</h1>{body}<script src=/script.js></script></html>"
    )
